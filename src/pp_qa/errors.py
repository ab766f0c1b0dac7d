"""The errors pp_qa raises on purpose, and nothing else reaches a user.

    PpQaError
    ├── UsageError              a call or setting that can't be carried out as given
    │   ├── QuestionError       an empty or oversized question
    │   ├── FilterError         a document filter that matches no document
    │   └── SettingsError       an unknown key or a value out of range
    ├── CorpusError             the folder of documents is missing, empty or unreadable
    │   ├── CorpusEmptied       it holds none of its documents any more, while the index does
    │   └── LoadError           one file that can't be read (named in the report)
    ├── IndexFault             the index can't be used
    │   ├── IndexMissing        there is none yet
    │   ├── IndexDamaged        its checksums don't hold
    │   ├── IndexIncompatible   made by another model, or in an older format
    │   │   └── IndexNewer      made by a newer version of pp_qa: left alone
    │   ├── IndexLocked         another process is writing it
    │   └── IndexWriteError     it could not be written (disk full, read-only), or may not be read
    ├── ModelError              a model file is missing or not the one expected
    ├── VerificationError       a quote that is not its document's text (a bug: never shown)
    └── ServeError              the page can't be served (port taken)

Every message says what happened, to which thing, and what to do about it, in one line.
"""


class PpQaError(Exception):
    """The root: catch this to catch them all."""


class UsageError(PpQaError):
    """A call or setting that can't be carried out as given."""


class QuestionError(UsageError):
    """An empty or oversized question."""


class FilterError(UsageError):
    """A document filter that matches no document."""


class SettingsError(UsageError):
    """An unknown key, or a value out of its range."""


class CorpusError(PpQaError):
    """The folder of documents is missing, empty or unreadable."""


class CorpusEmptied(CorpusError):
    """No document is left in the folder. Its index is emptied only where that is asked for."""


class LoadError(CorpusError):
    """One file can't be read. An update records it and goes on with the others."""


class IndexFault(PpQaError):
    """The index can't be used."""


class IndexMissing(IndexFault):
    """There is no index yet."""


class IndexDamaged(IndexFault):
    """The index is incomplete or its checksums don't hold."""


class IndexIncompatible(IndexFault):
    """The index was made by another model, or in an older format: it can be made again."""


class IndexNewer(IndexIncompatible):
    """The index was made by a newer version of pp_qa. It is never replaced without being asked."""


class IndexLocked(IndexFault):
    """Another process is writing the index."""


class IndexWriteError(IndexFault):
    """The index could not be written, or may not be read. The old one still stands."""


class ModelError(PpQaError):
    """A model file is missing, or is not the one expected."""


class VerificationError(PpQaError):
    """A quote is not what its document says at that place."""


class ServeError(PpQaError):
    """The page can't be served."""
