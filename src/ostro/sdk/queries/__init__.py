"""The database queries of 2.x code, answered over the protocol: `session.query(DagRun).filter(…).order_by(…).first()`.

    columns   `DagRun.state == "failed"`: columns of models, conditions, order; also inside or_(), and_(), func of SQLAlchemy
    query     the query itself: what can be asked of the engine is, the rest is sorted out here
    fetch     rows of each model
    session   the session: add, delete and the few changes that the engine takes
    statements  `session.execute(select(…))` of SQLAlchemy
    models    Pool, and rows of XComs
    records   failed tries, all tries, the audit log, assets
    row       rows of several values
    xcoms     `XCom.get_many`, `XCom.clear`

A form that is not answered raises one UserError that names what to use instead. Loaded only by code that uses it.
"""
