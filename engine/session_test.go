package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"millrace/engine"
	"millrace/flow"
	"millrace/sqlerr"
)

// answer runs statements and tells what the last one said: its tag or rows, then its notices, or the code of its error.
func answer(t *testing.T, s *engine.Session, text string) string {
	t.Helper()
	stmts, err := s.Parse(text)
	if err != nil {
		return "error " + string(sqlerr.Code(err))
	}
	out := ""
	for _, stmt := range stmts {
		r, err := s.Exec(t.Context(), stmt)
		if err != nil {
			return "error " + string(sqlerr.Code(err))
		}
		if out, err = rowsText(t.Context(), r); err != nil {
			return "error " + string(sqlerr.Code(err))
		}
		for _, n := range r.Notices {
			out += " | " + n
		}
	}
	return out
}

// conversation has a session say something to each line.
func conversation(t *testing.T, s *engine.Session, lines [][2]string) {
	t.Helper()
	for _, l := range lines {
		if got := answer(t, s, l[0]); got != l[1] && !(strings.HasSuffix(l[1], "…") && strings.HasPrefix(got, strings.TrimSuffix(l[1], "…"))) {
			t.Errorf("%s: %s\nwant %s", l[0], got, l[1])
		}
	}
}

func TestATransactionIsABlockOfStatements(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (a INT)")
	conversation(t, s, [][2]string{
		{"COMMIT", "COMMIT | there is no transaction in progress"},
		{"ROLLBACK", "ROLLBACK | there is no transaction in progress"},
		{"BEGIN", "BEGIN"},
		{"BEGIN", "BEGIN | there is already a transaction in progress"},
		{"INSERT INTO t VALUES (1)", "INSERT 0 1"},
		{"COMMIT", "COMMIT"},
		{"BEGIN; SELECT a FROM t", "1"},
		{"ROLLBACK", "ROLLBACK"},
		{"BEGIN; INSERT INTO t VALUES (2); UPDATE t SET a = 3 WHERE a = 2", "UPDATE 1"},
		{"ROLLBACK", "ROLLBACK | ROLLBACK takes nothing back: each statement is committed by itself, and what 2 statements of this transaction wrote stays"},
		{"SELECT a FROM t ORDER BY a", "1; 3"},
		{"BEGIN; SELECT nothing", "error 42703"},
		{"SELECT 1", "error 25P02"},
		{"SAVEPOINT a", "error 25P02"},
		{"COMMIT", "ROLLBACK"},
		{"BEGIN", "BEGIN"},
		{"SELEC 1", "error 42601"},
		{"SELECT 1", "error 25P02"},
		{"END", "ROLLBACK"},
		{"BEGIN; SELECT 1 / a FROM (VALUES (0)) AS v (a)", "error 22012"},
		{"SELECT 1", "error 25P02"},
		{"ABORT", "ROLLBACK"},
		{"START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "BEGIN | each statement sees what was there when it began…"},
		{"COMMIT AND CHAIN", "COMMIT"},
		{"SELECT 1", "1"},
		{"ROLLBACK", "ROLLBACK"},
		{"COMMIT AND CHAIN", "error 25P01"},
	})
}

func TestTheStateOfATransactionIsToldToClients(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	for _, tc := range []struct {
		text       string
		in, failed bool
	}{{"SELECT 1", false, false}, {"BEGIN", true, false}, {"SELECT x", true, true}, {"ROLLBACK", false, false}, {"SELECT x", false, false}} {
		answer(t, s, tc.text)
		if s.InTransaction() != tc.in || s.Failed() != tc.failed {
			t.Errorf("after %s: in a transaction %v, failed %v", tc.text, s.InTransaction(), s.Failed())
		}
	}
}

func TestSavepoints(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (a INT)")
	conversation(t, s, [][2]string{
		{"SAVEPOINT a", "error 25P01"},
		{"BEGIN; SAVEPOINT a", "SAVEPOINT"},
		{"SET application_name = 'x'; SAVEPOINT b; SET application_name = 'y'; SELECT nothing", "error 42703"},
		{"ROLLBACK TO b", "ROLLBACK"},
		{"SHOW application_name", "x"},
		{"INSERT INTO t VALUES (1)", "INSERT 0 1"},
		{"ROLLBACK TO SAVEPOINT b", "ROLLBACK | ROLLBACK takes nothing back…"},
		{"RELEASE a", "RELEASE"},
		{"ROLLBACK TO b", "error 3B001"},
		{"ROLLBACK", "ROLLBACK | ROLLBACK takes nothing back…"},
		{"SHOW application_name", ""},
	})
}

func TestAReadOnlyTransactionWritesNothing(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (a INT); PREPARE p AS INSERT INTO t VALUES (1)")
	conversation(t, s, [][2]string{
		{"BEGIN READ ONLY; SELECT count(*) FROM t", "0"},
		{"INSERT INTO t VALUES (1)", "error 25006"},
		{"ROLLBACK", "ROLLBACK"},
		{"BEGIN; SET TRANSACTION READ ONLY; SHOW transaction_read_only", "on"},
		{"EXECUTE p", "error 25006"},
		{"ROLLBACK; SHOW transaction_read_only", "off"},
		{"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET"},
		{"CREATE TABLE u (a INT)", "error 25006"},
		{"DROP TABLE t", "error 25006"},
		{"BEGIN READ WRITE; INSERT INTO t VALUES (1)", "INSERT 0 1"},
		{"COMMIT; SHOW transaction_read_only", "on"},
		{"SET default_transaction_read_only = off; INSERT INTO t VALUES (1)", "INSERT 0 1"},
		{"SET TRANSACTION READ ONLY", "SET | SET TRANSACTION can only be used in transaction blocks"},
		{"BEGIN; SET default_transaction_read_only = on; ROLLBACK; SHOW default_transaction_read_only", "off"},
	})
}

func TestPreparedStatementsByName(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (a INT PRIMARY KEY, b NUMERIC(10,2))")
	conversation(t, s, [][2]string{
		{"PREPARE ins AS INSERT INTO t VALUES ($1, $2) RETURNING a", "PREPARE"},
		{"PREPARE ins AS SELECT 1", "error 42P05"},
		{"EXECUTE ins (1, 2.5)", "1"},
		{"EXECUTE ins (1 + 1, '3.50')", "2"},
		{"EXECUTE ins (3, NULL)", "3"},
		{"EXECUTE ins (4)", "error 42601"},
		{"EXECUTE ins ('x', 1)", "error 22P02"},
		{"EXECUTE ins (true, 1)", "error 42804"},
		{"EXECUTE ins ((SELECT 1), 1)", "error 0A000"},
		{"PREPARE sel (INT) AS SELECT b FROM t WHERE a = $1", "PREPARE"},
		{"EXECUTE sel (2)", "3.50"},
		{"PREPARE later (TIMESTAMPTZ) AS SELECT $1 IS NOT NULL", "PREPARE"},
		{"EXECUTE later (now())", "true"},
		{"EXPLAIN EXECUTE sel (2)", "…"},
		{"EXECUTE sle (2)", "error 26000"},
		{"DEALLOCATE sel", "DEALLOCATE"},
		{"EXECUTE sel (2)", "error 26000"},
		{"DEALLOCATE sel", "error 26000"},
		{"DEALLOCATE ALL", "DEALLOCATE ALL"},
		{"EXECUTE ins (9, 9)", "error 26000"},
		{"PREPARE p AS CREATE TABLE x (a INT)", "error 42601"},
		{"PREPARE p AS SELECT * FROM nowhere", "error 42P01"},
		{"PREPARE p AS SELECT 1; DISCARD ALL", "DISCARD ALL"},
		{"EXECUTE p", "error 26000"},
	})
}

func TestCursorsGiveRowsAsTheyAreAskedFor(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	defer s.End()
	must(t, s, "CREATE TABLE t (a INT); INSERT INTO t SELECT * FROM generate_series(1, 10)")
	conversation(t, s, [][2]string{
		{"DECLARE c CURSOR FOR SELECT 1", "error 25P01"},
		{"BEGIN; DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a", "DECLARE CURSOR"},
		{"DECLARE d NO SCROLL CURSOR FOR VALUES (1), (2)", "DECLARE CURSOR"},
		{"FETCH c", "1"},
		{"FETCH 2 FROM c", "2; 3"},
		{"FETCH ALL d", "1; 2"},
		{"FETCH NEXT FROM d", ""},
		{"MOVE 3 IN c", "MOVE 3"},
		{"INSERT INTO t VALUES (11)", "INSERT 0 1"}, // which it does not see
		{"FETCH FORWARD ALL FROM c", "7; 8; 9; 10"},
		{"MOVE c", "MOVE 0"},
		{"CLOSE c", "CLOSE CURSOR"},
		{"FETCH c", "error 34000"},
		{"ROLLBACK", "ROLLBACK | ROLLBACK takes nothing back…"},
		{"FETCH d", "error 34000"},
		{"BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT a FROM t ORDER BY a; DECLARE c CURSOR FOR SELECT 1; COMMIT", "COMMIT"},
		{"FETCH c", "error 34000"},
		{"FETCH 1 h", "1"},
		{"BEGIN; FETCH 1 h", "2"},
		{"DECLARE h CURSOR FOR SELECT 1", "error 42P03"},
		{"ROLLBACK; FETCH 1 h", "3"},
		{"BEGIN; DECLARE g CURSOR WITH HOLD FOR SELECT 1; ROLLBACK; FETCH g", "error 34000"},
		{"BEGIN; SAVEPOINT p; DECLARE c CURSOR FOR SELECT 1; ROLLBACK TO p; FETCH c", "error 34000"},
		{"ROLLBACK; BEGIN; DECLARE c CURSOR FOR SELECT 1 / (3 - a) FROM t ORDER BY a; FETCH 1 c", "error 22012"},
		{"SELECT 1", "error 25P02"},
		{"ROLLBACK", "ROLLBACK"},
		{"DECLARE c SCROLL CURSOR FOR SELECT 1", "error 0A000"},
		{"FETCH BACKWARD 1 FROM h", "error 55000"},
		{"FETCH PRIOR FROM h", "error 55000"},
		{"FETCH -1 h", "error 55000"},
		{"FETCH ABSOLUTE 3 FROM h", "error 55000"},
		{"FETCH 0 h", "error 55000"},
		{"CLOSE ALL", "CLOSE CURSOR ALL"},
		{"FETCH h", "error 34000"},
	})
}

func TestACursorHoldsOneBatchAndStopsWhenItIsClosed(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	// ten billion rows would not be there before the day is over
	must(t, s, "BEGIN; DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 10000000000)")
	if got := must(t, s, "FETCH 3 c"); got != "1; 2; 3" {
		t.Error(got)
	}
	if got := must(t, s, "MOVE 20000 c"); got != "MOVE 20000" {
		t.Error(got)
	}
	if got := must(t, s, "FETCH 1 c"); got != "20004" {
		t.Error(got)
	}
	s.End()
}

func TestAFetchThatIsCancelledLeavesTheCursor(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	defer s.End()
	must(t, s, "BEGIN; DECLARE c CURSOR FOR VALUES (1), (2)")
	stmts, err := s.Parse("FETCH ALL c")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Exec(t.Context(), stmts[0])
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := r.Each(t.Context(), func(*flow.Batch) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	r, err = s.Exec(ctx, stmts[0])
	if code := sqlerr.Code(err); code != "25P02" {
		t.Errorf("%v, %v", r, err)
	}
}

func TestStatementTimeoutStopsAStatement(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "SET statement_timeout = '20ms'")
	began := time.Now()
	if got := answer(t, s, "SELECT count(*) FROM generate_series(1, 10000000000)"); got != "error 57014" {
		t.Error(got)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if got := answer(t, s, "SET statement_timeout = 0; SELECT 1"); got != "1" {
		t.Error(got)
	}
}

func TestTheSettingsOfClients(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	conversation(t, s, [][2]string{
		{"SET client_encoding = 'utf-8'; SHOW client_encoding", "UTF8"},
		{"SET NAMES 'LATIN1'", "error 22023"},
		{"SET DateStyle = ISO, DMY", "error 22023"},
		{"SET datestyle TO 'iso'; SHOW DateStyle", "ISO, MDY"},
		{"SET standard_conforming_strings = off", "error 22023"},
		{"SET extra_float_digits = 3; SHOW extra_float_digits", "3"},
		{"SET search_path TO \"$user\", public", "SET"},
		{"SET search_path = secret", "error 22023"},
		{"SET TIME ZONE 'Etc/UTC'; SHOW TIME ZONE", "UTC"},
		{"SET timezone = 'Europe/Berlin'", "error 22023"},
		{"SET TIME ZONE LOCAL", "SET"},
		{"SET statement_timeout = 90000; SHOW statement_timeout", "90s"},
		{"SET statement_timeout = '2min'; SHOW statement_timeout", "2min"},
		{"SET statement_timeout = '1h'; SHOW statement_timeout", "1h"},
		{"SET statement_timeout = 1500; SHOW statement_timeout", "1500ms"},
		{"SET statement_timeout = soon", "error 22023"},
		{"RESET statement_timeout; SHOW statement_timeout", "0"},
		{"SET jit = true; SHOW jit", "on"},
		{"SET server_version = '16'", "error 55P02"},
		{"RESET server_version", "error 55P02"},
		{"SHOW server_version_num", "150000"},
		{"SET nothing = 1", "error 42704"},
		{"SET debug.chek = on", "error 42704"},
		{"SET myapp.user = 'ann'; SHOW myapp.user", "ann"},
		{"SET application_name TO DEFAULT; SHOW application_name", ""},
		{"BEGIN; SET LOCAL application_name = 'a'; SHOW application_name", "a"},
		{"COMMIT; SHOW application_name", ""},
		{"BEGIN; SET application_name = 'b'; SET LOCAL application_name = 'c'; COMMIT; SHOW application_name", "b"},
		{"BEGIN; SET application_name = 'd'; ROLLBACK; SHOW application_name", "b"},
		{"SET LOCAL application_name = 'e'", "SET | SET LOCAL can only be used in transaction blocks"},
		{"SHOW application_name", "b"},
		{"SET default_transaction_isolation = 'repeatable read'", "SET | each statement sees…"},
		{"SHOW TRANSACTION ISOLATION LEVEL", "read committed"},
		{"SET SESSION AUTHORIZATION 'ann'", "error 22023"},
		{"SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE", "SET"},
		{"RESET ALL; SHOW application_name", ""},
		{"SHOW myapp.user", "error 42704"},
	})
}

func TestWhatAClientIsToldWhenItConnects(t *testing.T) {
	s := keeping(t, "", io.Discard).SessionFor(engine.Client{User: "ann"})
	told := map[string]string{}
	for _, r := range s.Settings().Report() {
		told[r[0]] = r[1]
	}
	for name, want := range map[string]string{
		"server_version": engine.ServerVersion, "client_encoding": "UTF8", "DateStyle": "ISO, MDY", "TimeZone": "UTC", "IntervalStyle": "postgres",
		"integer_datetimes": "on", "standard_conforming_strings": "on", "session_authorization": "ann", "is_superuser": "off", "application_name": "",
		"server_encoding": "UTF8", "in_hot_standby": "off", "default_transaction_read_only": "off",
	} {
		if told[name] != want {
			t.Errorf("%s is %q, want %q", name, told[name], want)
		}
	}
	for _, tc := range []struct {
		name, value, notice, code string
	}{
		{"TimeZone", "Europe/Berlin", `the time zone of the session is UTC, not "Europe/Berlin"`, ""},
		{"TimeZone", "UTC", "", ""},
		{"application_name", "psql", "", ""},
		{"client_encoding", "LATIN1", "", sqlerr.InvalidParameterValue},
		{"nothing", "1", "", sqlerr.UndefinedObject},
	} {
		notice, err := s.Settings().Connect(tc.name, tc.value)
		if notice != tc.notice || err != nil && sqlerr.Code(err) != tc.code || err == nil && tc.code != "" {
			t.Errorf("%s = %s: %q, %v", tc.name, tc.value, notice, err)
		}
	}
}

func TestFunctionsThatTellOfTheSession(t *testing.T) {
	s := keeping(t, "", io.Discard).SessionFor(engine.Client{
		User: "ann", PID: 7, Remote: netip.MustParseAddrPort("[::ffff:10.0.0.1]:5000"), Local: netip.MustParseAddrPort("127.0.0.1:5433"),
	})
	must(t, s, `CREATE TABLE t ("user" TEXT, current_role TEXT); INSERT INTO t VALUES ('u', 'r'); CREATE VIEW v AS SELECT current_user AS me`)
	conversation(t, s, [][2]string{
		{"SELECT current_user, session_user, user, current_role, current_catalog, current_schema", "ann ann ann ann millrace public"},
		{"SELECT current_database(), current_schema(), current_schemas(true), current_schemas(false)", "millrace public {pg_catalog,public} {public}"},
		{"SELECT user, current_role FROM t", "u r"},
		{"SELECT (SELECT user FROM (VALUES (1)) AS x (a)) FROM t", "u"},
		{"SELECT me FROM v", "ann"},
		{"SELECT 'public' = ANY(current_schemas(true))", "true"},
		{"SELECT pg_backend_pid(), inet_client_addr(), inet_client_port(), inet_server_addr(), inet_server_port()", "7 10.0.0.1 5000 127.0.0.1 5433"},
		{"SELECT version() LIKE 'PostgreSQL 15.%'", "true"},
		{"SELECT current_setting('server_version_num')::int / 10000", "15"},
		{"SELECT current_setting('TimeZone')", "UTC"},
		{"SELECT current_setting('no.such', true) IS NULL", "true"},
		{"SELECT current_setting('no.such')", "error 42704"},
		{"SELECT set_config('application_name', 'x', false)", "x"},
		{"SHOW application_name", "x"},
		{"EXPLAIN SELECT set_config('application_name', 'y', false)", "…"},
		{"SHOW application_name", "x"},
		{"BEGIN; SELECT set_config('application_name', 'z', true); COMMIT; SHOW application_name", "x"},
		{"SELECT set_config('client_encoding', 'LATIN1', false)", "error 22023"},
		{"SELECT set_config('', 'x', false)", "error 42704"},
		{"PREPARE p AS SELECT set_config('jit', $1, false); SHOW jit", "off"},
		{"EXECUTE p ('on')", "on"},
		{"SHOW jit", "on"},
		{"SELECT current_setting(column1) FROM (VALUES ('jit'), ('lc_time')) AS n", "error 0A000"},
	})
}

func TestStatementsThatThereIsNothingToDoFor(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (a INT)")
	conversation(t, s, [][2]string{
		{"VACUUM (ANALYZE) t", "VACUUM | nothing to do…"},
		{"ANALYZE", "ANALYZE | nothing to do…"},
		{"ANALYZE nowhere", "error 42P01"},
		{"CHECKPOINT", "CHECKPOINT"},
		{"UNLISTEN *", "UNLISTEN"},
		{"DISCARD PLANS", "DISCARD PLANS"},
		{"DISCARD TEMP", "DISCARD TEMP"},
		{"BEGIN; DISCARD ALL", "error 25001"},
		{"ROLLBACK; LOCK TABLE t IN ACCESS SHARE MODE", "error 25P01"},
		{"BEGIN; LOCK TABLE t IN ACCESS SHARE MODE", "LOCK TABLE"},
		{"LOCK TABLE t", "error 0A000"},
		{"ROLLBACK", "ROLLBACK"},
		{"LISTEN c", "error 0A000"},
		{"SELECT * FROM t WHERE a = 1 FOR UPDATE OF t SKIP LOCKED", "error 0A000"},
		{"SELECT a FROM t ORDER BY a LIMIT 1 FOR SHARE", "error 0A000"},
		{"SELECT a FROM t FOR NO KEY UPDATE", "error 0A000"},
		{"NOTIFY c", "error 0A000"},
		{"COMMENT ON TABLE t IS 'x'", "error 0A000"},
		{"SELECT * FROM t FOR UPDATE", "error 0A000"},
		{"SELECT * INTO u FROM t", "error 0A000"},
		{"EXPLAIN (FORMAT JSON) SELECT 1", "error 0A000"},
		{"EXPLAIN (COSTS OFF, TIMING off) SELECT 1", "…"},
		{"EXPLAIN (NONSENSE) SELECT 1", "error 42601"},
		{"EXPLAIN (ANALYZE maybe) SELECT 1", "error 42601"},
		{"PREPARE TRANSACTION 'x'", "error 0A000"},
		{"COMMIT PREPARED 'x'", "error 0A000"},
	})
}

func TestASessionHasLimits(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	defer s.End()
	must(t, s, "BEGIN")
	got := ""
	for i := 0; i < 1000 && got == ""; i++ {
		if out := answer(t, s, fmt.Sprintf("DECLARE c%d CURSOR FOR SELECT 1", i)); out != "DECLARE CURSOR" {
			got = fmt.Sprint(i, " ", out)
		}
	}
	if got != "100 error "+sqlerr.ConfigurationLimit {
		t.Error(got)
	}
}
