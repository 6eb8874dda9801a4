"""SQLAlchemy: reflection, the ORM, and pandas on top of it."""

import decimal
import sys

import pandas
import sqlalchemy as sa
from check import done, equal
from sqlalchemy.orm import Session, declarative_base  # the place that 1.4 and 2 have in common

engine = sa.create_engine(f"postgresql+{sys.argv[1]}://")
names = sa.inspect(engine)
equal("public" in names.get_schema_names(), True, "schemas")
equal({"customers", "orders", "kinds"} <= set(names.get_table_names()), True, "tables")
if sa.__version__ >= "2":
    equal("totals" in names.get_materialized_view_names(), True, "materialized views")
columns = {c["name"]: c for c in names.get_columns("orders")}
equal(list(columns), ["id", "customer", "amount", "at", "paid", "note"], "columns")
equal([str(c["type"]) for c in columns.values()], ["BIGINT", "INTEGER", "NUMERIC(10, 2)", "TIMESTAMP", "BOOLEAN", "TEXT"], "their types")
equal(columns["at"]["type"].timezone, True, "time zone")
equal([c["nullable"] for c in columns.values()], [False, False, True, True, True, True], "nullable")
equal(names.get_pk_constraint("orders")["constrained_columns"], ["id"], "primary key")
equal(names.get_foreign_keys("orders"), [], "foreign keys")
equal([i["column_names"] for i in names.get_indexes("orders")], [], "indexes")
equal(names.get_unique_constraints("orders"), [], "unique constraints")
equal(names.get_check_constraints("orders"), [], "check constraints")
equal(names.get_table_comment("orders")["text"], None, "comment")
equal("GROUP BY" in names.get_view_definition("totals").upper(), True, "the query of a view")
equal(names.has_table("orders"), True, "has_table")
equal(names.has_table("nosuch"), False, "has_table of none")
equal(names.has_table("orders", schema="public"), True, "has_table of a schema")
equal({str(c["type"]) for c in names.get_columns("kinds")} >= {"UUID", "JSON", "BYTEA", "INTERVAL", "TIME", "DATE", "REAL", "SMALLINT"}, True, "types of kinds")

meta = sa.MetaData()
meta.reflect(engine)
equal({"customers", "orders", "kinds"} <= set(meta.tables), True, "reflect all")
orders = meta.tables["orders"]
with engine.connect() as conn:
    rows = conn.execute(sa.select(orders.c.id).where(orders.c.amount > 8).order_by(orders.c.id)).all()
    equal([r.id for r in rows], [10, 12], "a reflected table's rows")

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    name = sa.Column(sa.Text, nullable=False)
    since = sa.Column(sa.Date)


with Session(engine) as s:
    s.add_all([Customer(id=90, name="x"), Customer(id=91, name="y")])
    s.commit()
    one = s.get(Customer, 91)
    one.name = "z"
    s.commit()
    equal([c.name for c in s.query(Customer).filter(Customer.id >= 90).order_by(Customer.id)], ["x", "z"], "the ORM")
    for c in s.query(Customer).filter(Customer.id >= 90):
        s.delete(c)
    s.commit()
    equal(s.query(Customer).filter(Customer.id >= 90).count(), 0, "deleted")

frame = pandas.read_sql("SELECT id, amount, at, paid FROM orders ORDER BY id", engine, parse_dates=["at"])
equal(frame.shape, (3, 4), "read_sql")
equal(list(frame["amount"]), [12.5, 7.25, 100.0] if isinstance(frame["amount"][0], float) else [decimal.Decimal("12.50"), decimal.Decimal("7.25"), decimal.Decimal("100.00")], "amounts")
equal(pandas.read_sql(sa.text("SELECT name FROM customers WHERE id = :id"), engine, params={"id": 3})["name"][0], "Čeněk", "read_sql with a parameter")
equal(pandas.read_sql_table("totals", engine).shape[0], 2, "read_sql_table of a view")
pieces = [len(f) for f in pandas.read_sql("SELECT g FROM generate_series(1, 25) AS t(g)", engine.connect().execution_options(stream_results=True), chunksize=10)]
equal(pieces, [10, 10, 5], "chunks")
frame = pandas.DataFrame({"id": [95, 96], "name": ["p", "q"]})
frame.to_sql("customers", engine, if_exists="append", index=False)
with engine.begin() as conn:
    equal(conn.execute(sa.text("DELETE FROM customers WHERE id IN (95, 96)")).rowcount, 2, "to_sql")
done()
