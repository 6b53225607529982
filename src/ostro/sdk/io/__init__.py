"""Object storage: paths as of pathlib on stores that fsspec knows, with the credentials of a connection.

    store         attach: a file system for a protocol and a connection
    path          ObjectStoragePath
    xcom_backend  the XCom backend that keeps large values in an object store

Imported when a DAG file asks for it: fsspec and universal-pathlib are no part of the other processes.
"""
