"""The database queries of 2.x code, answered over the protocol: `session.query(DagRun).filter(…).order_by(…).first()`.

    columns   `DagRun.state == "failed"`: columns of models, conditions, order; also inside or_(), and_(), func of SQLAlchemy
    query     the query itself: what can be asked of the engine is, the rest is sorted out here
    fetch     rows of each model
    session   the session: add, delete and the few changes that the engine takes
    models    Pool, and rows of XComs
    xcoms     `XCom.get_many`, `XCom.clear`

A form that is not answered raises one UserError that names what to use instead. Loaded only by code that uses it.
"""
