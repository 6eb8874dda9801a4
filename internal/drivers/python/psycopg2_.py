"""psycopg 2: text results, client-side parameters, named cursors, COPY, execute_values, errors."""

import io

import psycopg2
import psycopg2.extras
from check import KINDS, UTC, done, equal

psycopg2.extras.register_uuid()
conn = psycopg2.connect("")
conn.autocommit = True
cur = conn.cursor()

for col, want in KINDS.items():
    cur.execute(f"SELECT {col} FROM kinds WHERE id = 1")
    got = cur.fetchone()[0]
    if col == "y":
        got = bytes(got)
    if col == "tz":
        got = got.astimezone(UTC)
    equal(got, want, col)
    if col not in ("f4", "ia", "ta"):  # float4's text is compared as float8, arrays as text[]
        cur.execute(f"SELECT id FROM kinds WHERE {col} = %s", [want])
        equal(cur.fetchall(), [(1,)], f"{col} as a parameter")
cur.execute("SELECT j FROM kinds WHERE id = 1")
equal(cur.fetchone()[0], {"a": [1, 2]}, "json")

cur.execute("SELECT id, name FROM customers ORDER BY id")
equal([(d.name, d.type_code) for d in cur.description], [("id", 23), ("name", 25)], "description")

psycopg2.extras.execute_values(cur, "INSERT INTO customers (id, name, since) VALUES %s", [(70, "a", KINDS["dt"]), (71, "it's", None)])
equal(cur.rowcount, 2, "execute_values")
with conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as d:
    d.execute("SELECT * FROM customers WHERE id = 71")
    equal(dict(d.fetchone()), {"id": 71, "name": "it's", "since": None}, "RealDictCursor")

out = io.StringIO()
cur.copy_expert("COPY (SELECT id, name FROM customers WHERE id >= 70 ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)", out)
equal(out.getvalue().replace("\r", ""), "id,name\n70,a\n71,it's\n", "COPY TO csv")
cur.copy_from(io.StringIO("72\tx\t\\N\n73\t\\\\y\t2026-05-05\n"), "customers", columns=("id", "name", "since"))
cur.execute("SELECT name FROM customers WHERE id IN (72, 73) ORDER BY id")
equal(cur.fetchall(), [("x",), ("\\y",)], "copy_from")
cur.execute("DELETE FROM customers WHERE id >= 70")
equal(cur.statusmessage, "DELETE 4", "statusmessage")

conn.autocommit = False
with conn.cursor("named") as named:
    named.itersize = 10
    named.execute("SELECT g FROM generate_series(1, 100) AS t(g)")
    equal(sum(r[0] for r in named), 5050, "named cursor")
conn.rollback()

try:
    cur.execute("SELECT\n  nosuch FROM customers")
    equal("no error", "42703", "unknown column")
except psycopg2.errors.UndefinedColumn as e:
    equal("LINE 2:" in str(e) and "^" in str(e), True, "the line and caret of an error")
conn.rollback()
equal(conn.info.transaction_status, psycopg2.extensions.TRANSACTION_STATUS_IDLE, "after rollback")
equal(conn.server_version >= 150000, True, "server_version")
equal(conn.encoding, "UTF8", "encoding")
conn.close()
done()
