import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;

/** JDBC: prepared statements, fetch size, batches, metadata, types, errors, cancel. */
public class Check {
    static int checked;

    static void equal(Object got, Object want, String what) {
        if (!Objects.equals(got, want)) throw new AssertionError(what + ": got " + got + ", want " + want);
        checked++;
    }

    static List<String> column(ResultSet r, String name) throws SQLException {
        List<String> out = new ArrayList<>();
        while (r.next()) out.add(r.getString(name));
        return out;
    }

    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Properties p = new Properties();
        p.setProperty("user", System.getenv("PGUSER"));
        if (System.getenv("PGPASSWORD") != null) p.setProperty("password", System.getenv("PGPASSWORD"));
        try (Connection c = DriverManager.getConnection(args[0], p)) {
            types(c);
            prepared(c);
            writes(c);
            fetchSize(c);
            metadata(c);
            errors(c);
        }
        System.out.println(checked + " checks passed");
    }

    static void types(Connection c) throws SQLException {
        // From the fifth execution on the driver prepares on the server and asks for binary.
        try (PreparedStatement s = c.prepareStatement("SELECT * FROM kinds WHERE id = ?")) {
            for (int i = 0; i < 8; i++) {
                s.setInt(1, 1);
                ResultSet r = s.executeQuery();
                r.next();
                equal(r.getBoolean("b"), true, "boolean");
                equal(r.getShort("i2"), (short) -32768, "smallint");
                equal(r.getInt("i4"), 2147483647, "int");
                equal(r.getLong("i8"), Long.MIN_VALUE, "bigint");
                equal(r.getFloat("f4"), 1.5f, "real");
                equal(r.getDouble("f8"), -2.25, "double");
                equal(r.getBigDecimal("d"), new BigDecimal("1234567890.1234"), "decimal");
                equal(r.getString("t"), "naïve ☃", "text");
                equal(r.getBytes("y").length, 3, "bytea");
                equal(r.getObject("dt", LocalDate.class), LocalDate.of(2026, 2, 28), "date");
                equal(r.getObject("tm", LocalTime.class), LocalTime.of(23, 59, 59, 999999000), "time");
                equal(r.getObject("ts", LocalDateTime.class), LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678901000), "timestamp");
                equal(r.getObject("tz", OffsetDateTime.class).toInstant(), Instant.parse("2026-01-02T03:04:05.678901Z"), "timestamptz");
                equal(r.getObject("u"), UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "uuid");
                equal(r.getString("j"), "{\"a\": [1, 2]}", "json");
                equal(Arrays.asList((Object[]) r.getArray("ia").getArray()), Arrays.asList(1, null, 3), "int[]");
                equal(Arrays.asList((Object[]) r.getArray("ta").getArray()), Arrays.asList("a b", "c,d", null), "text[]");
            }
            s.setInt(1, 2);
            ResultSet r = s.executeQuery();
            r.next();
            r.getInt("i4");
            equal(r.wasNull(), true, "NULL");
            ResultSetMetaData m = s.getMetaData();
            equal(m.getColumnTypeName(8), "numeric", "type name");
            equal(m.getPrecision(8) + "," + m.getScale(8), "20,4", "precision and scale");
            equal(m.getColumnClassName(5), "java.lang.Long", "class name");
        }
    }

    static void prepared(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT id FROM orders WHERE amount > ? AND at < ? AND paid = ? AND note IS NOT DISTINCT FROM ? ORDER BY id")) {
            for (int i = 0; i < 8; i++) {
                s.setBigDecimal(1, new BigDecimal("1.5"));
                s.setObject(2, OffsetDateTime.parse("2026-03-02T00:00:00Z"));
                s.setBoolean(3, true);
                s.setString(4, "first");
                equal(column(s.executeQuery(), "id"), List.of("10"), "parameters");
            }
            equal(s.getParameterMetaData().getParameterTypeName(1), "numeric", "type of a parameter");
        }
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM orders WHERE customer = ANY(?)")) {
            s.setArray(1, c.createArrayOf("int4", new Object[] {1, 2}));
            ResultSet r = s.executeQuery();
            r.next();
            equal(r.getInt(1), 3, "array parameter");
        }
    }

    static void writes(Connection c) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO customers (id, name, since) VALUES (?, ?, ?)")) {
            for (int i = 0; i < 20; i++) {
                s.setInt(1, 200 + i);
                s.setString(2, "n" + i);
                s.setObject(3, i % 2 == 0 ? LocalDate.of(2026, 1, 1) : null, Types.DATE);
                s.addBatch();
            }
            equal(Arrays.stream(s.executeBatch()).sum(), 20, "a batch");
        }
        try (Statement s = c.createStatement()) {
            equal(s.executeUpdate("UPDATE customers SET name = 'u' WHERE id >= 200"), 20, "UPDATE");
            equal(s.executeUpdate("DELETE FROM customers WHERE id >= 200"), 20, "DELETE");
        }
    }

    static void fetchSize(Connection c) throws SQLException {
        c.setAutoCommit(false);
        try (PreparedStatement s = c.prepareStatement("SELECT g FROM generate_series(1, ?) AS t(g)")) {
            s.setInt(1, 10000);
            s.setFetchSize(100);
            long sum = 0;
            ResultSet r = s.executeQuery();
            while (r.next()) sum += r.getLong(1);
            equal(sum, 50005000L, "fetch size");
        }
        c.commit();
        c.setAutoCommit(true);
    }

    static void metadata(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        equal(m.getDatabaseProductName(), "PostgreSQL", "product");
        equal(column(m.getSchemas(), "TABLE_SCHEM").contains("public"), true, "schemas");
        List<String> tables = column(m.getTables(null, "public", "%", new String[] {"TABLE"}), "TABLE_NAME");
        equal(tables.containsAll(List.of("customers", "kinds", "orders")), true, "tables");
        equal(column(m.getTables(null, "public", "tot%", new String[] {"MATERIALIZED VIEW"}), "TABLE_NAME"), List.of("totals"), "materialized views");
        ResultSet r = m.getColumns(null, "public", "orders", "%");
        List<String> columns = new ArrayList<>();
        while (r.next()) columns.add(r.getString("COLUMN_NAME") + " " + r.getString("TYPE_NAME") + " " + r.getInt("COLUMN_SIZE") + " " + r.getString("IS_NULLABLE"));
        equal(columns, List.of("id int8 19 NO", "customer int4 10 NO", "amount numeric 10 YES", "at timestamptz 35 YES", "paid bool 1 YES", "note text 2147483647 YES"), "columns");
        equal(column(m.getPrimaryKeys(null, "public", "orders"), "COLUMN_NAME"), List.of("id"), "primary key");
        equal(column(m.getImportedKeys(null, "public", "orders"), "FKCOLUMN_NAME"), List.of(), "foreign keys");
        equal(column(m.getIndexInfo(null, "public", "orders", false, true), "COLUMN_NAME").contains("id"), true, "index of the key");
        equal(column(m.getTypeInfo(), "TYPE_NAME").containsAll(List.of("int4", "text", "timestamptz")), true, "types");
        equal(column(m.getTableTypes(), "TABLE_TYPE").contains("VIEW"), true, "table types");
        equal(column(m.getCatalogs(), "TABLE_CAT").isEmpty(), false, "catalogs");
        m.getFunctions(null, null, "%").close();
        m.getProcedures(null, null, "%").close();
    }

    static void errors(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.executeQuery("SELECT nosuch FROM orders");
            equal("no error", "42703", "unknown column");
        } catch (SQLException e) {
            equal(e.getSQLState(), "42703", "unknown column");
            equal(e.getMessage().contains("Position: 8"), true, "position");
        }
        try (Statement s = c.createStatement()) {
            s.setQueryTimeout(1);
            s.executeQuery("SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y)");
            equal("no error", "57014", "timeout");
        } catch (SQLException e) {
            equal(e.getSQLState(), "57014", "query timeout");
        }
        equal(c.isValid(5), true, "valid after a cancel");
    }
}
