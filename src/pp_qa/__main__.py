"""`python -m pp_qa` is `pp-qa`."""

from pp_qa.interfaces.cli import main

if __name__ == "__main__":
    main()
