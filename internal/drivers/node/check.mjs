// node-postgres: parameters, prepared statements, types, cursors, streams, errors, cancel, a pool.
import assert from 'node:assert/strict'
import pg from 'pg'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'

let checked = 0
const equal = (got, want, what) => {
  assert.deepEqual(got, want, what)
  checked++
}

const client = new pg.Client()
const notices = []
client.on('notice', (n) => notices.push(n.message))
await client.connect()

const kinds = (await client.query('SELECT * FROM kinds WHERE id = $1', [1])).rows[0]
equal(kinds.b, true, 'boolean')
equal(kinds.i4, 2147483647, 'int')
equal(kinds.i8, '-9223372036854775808', 'bigint comes as a string')
equal(kinds.f8, -2.25, 'double')
equal(kinds.d, '1234567890.1234', 'decimal comes as a string')
equal(kinds.t, 'naïve ☃', 'text')
equal([...kinds.y], [0, 255, 16], 'bytea')
equal(kinds.tz.toISOString(), '2026-01-02T03:04:05.678Z', 'timestamptz')
equal(kinds.iv.toISOString(), 'P0Y0M1DT2H3M4.5S', 'interval')
equal(kinds.u, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'uuid')
equal(kinds.j, { a: [1, 2] }, 'json')
equal(kinds.ia, [1, null, 3], 'int[]')
equal(kinds.ta, ['a b', 'c,d', null], 'text[]')
const nulls = (await client.query('SELECT * FROM kinds WHERE id = 2')).rows[0]
equal(Object.values(nulls).filter((v) => v !== null), [2], 'NULLs')

const r = await client.query({ text: 'SELECT id, name FROM customers WHERE id = ANY($1) ORDER BY id', values: [[1, 3]], rowMode: 'array' })
equal(r.rows, [[1, 'Ann'], [3, 'Čeněk']], 'an array as a parameter')
equal(r.fields.map((f) => [f.name, f.dataTypeID]), [['id', 23], ['name', 25]], 'fields')
equal(r.command, 'SELECT', 'command')
for (const id of [10, 11, 12]) {
  const p = await client.query({ name: 'by id', text: 'SELECT note FROM orders WHERE id = $1', values: [id] })
  equal(p.rows.length, 1, 'a named statement')
}
const binary = await client.query({ text: 'SELECT id FROM orders WHERE id = $1', values: [10], binary: true })
equal(Number(binary.rows[0].id), 10, 'binary')
const several = await client.query('SELECT 1 AS a; SELECT 2 AS b')
equal(several.map((x) => Object.values(x.rows[0])[0]), [1, 2], 'several statements')

const ins = await client.query('INSERT INTO customers VALUES ($1, $2, $3) RETURNING id', [100, 'node', new Date('2026-04-04T00:00:00Z')])
equal([ins.rowCount, ins.rows[0].id], [1, 100], 'INSERT … RETURNING')
equal((await client.query('DELETE FROM customers WHERE id = 100')).rowCount, 1, 'DELETE')

const cursor = client.query(new Cursor('SELECT g FROM generate_series(1, $1) AS t(g)', [1000]))
equal((await cursor.read(3)).map((x) => x.g), [1, 2, 3], 'a cursor')
equal((await cursor.read(500)).length, 500, 'more of it')
await cursor.close()
let sum = 0
for await (const row of client.query(new QueryStream('SELECT g FROM generate_series(1, $1) AS t(g)', [5000], { batchSize: 64 }))) sum += row.g
equal(sum, 12502500, 'a stream')

for (const [text, code, position] of [
  ['SELECT nosuch FROM orders', '42703', '8'],
  ['SELECT 1 FROM nosuch', '42P01', '15'],
  ['SELEC 1', '42601', '1'],
  ['SELECT 1/0', '22012', undefined],
]) {
  await assert.rejects(client.query(text), (e) => {
    equal(e.code, code, text)
    if (position) equal(e.position, position, text)
    return true
  })
}
await assert.rejects(client.query('SELECT $1::int', ['x']), (e) => e.code === '22P02')
await client.query('BEGIN')
await assert.rejects(client.query('SELECT 1/0'))
await assert.rejects(client.query('SELECT 1'), (e) => e.code === '25P02')
await client.query('ROLLBACK')
equal((await client.query('SELECT 1 AS one')).rows[0].one, 1, 'after ROLLBACK')
await client.end()

const pool = new pg.Pool({ max: 5 })
const all = await Promise.all([...Array(20).keys()].map((i) => pool.query('SELECT $1::int AS i', [i])))
equal(all.map((x) => x.rows[0].i), [...Array(20).keys()], 'a pool')
await pool.end()
console.log(`${checked} checks passed`)
