"""The JSON API beside the page: the values that the command line prints, over HTTP.

    app.py     the endpoints
    gate.py    who may come in, and with how much; errors as JSON
    shapes.py  what the JSON looks like, for programs that read schemas
    pages.py   the documentation as a page that loads nothing

Importing this package loads no FastAPI; its modules do.
"""
