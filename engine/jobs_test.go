package engine_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/sources"
	"millrace/sources/nexmark"
	"millrace/sqlerr"
)

// faulty is nexmark by another name, whose readers may fail.
type faulty struct {
	sources.Connector
	name string
	next func(rows int) error // asked before a batch is read, with the rows that its reader has given
}

func (f faulty) Name() string { return f.name }

func (f faulty) Open(ctx context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	src, err := f.Connector.Open(ctx, s, mem)
	return faultySource{src, f.next}, err
}

type faultySource struct {
	sources.Source
	next func(int) error
}

func (f faultySource) Open(ctx context.Context, s sources.Split, from sources.Position, wake func()) (sources.Reader, error) {
	r, err := f.Source.Open(ctx, s, from, wake)
	return &faultyReader{r, f.next, 0}, err
}

type faultyReader struct {
	sources.Reader
	next func(int) error
	rows int
}

func (f *faultyReader) Next(ctx context.Context) (*flow.Batch, error) {
	if err := f.next(f.rows); err != nil {
		return nil, err
	}
	b, err := f.Reader.Next(ctx)
	if b != nil {
		f.rows += b.Len()
	}
	return b, err
}

// serving makes an engine that runs jobs. It is closed with the test, unless it was before.
func serving(t *testing.T, dataDir string, more ...sources.Connector) (*engine.Engine, func()) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{
		Log: slog.New(slog.DiscardHandler), Sources: append(builtin.Sources(), more...), Sinks: builtin.Sinks(io.Discard), DataDir: dataDir, Jobs: true,
		Lookup: func(name string) (string, bool) {
			return map[string]string{"FROM_ENV": "5000"}[name], name == "FROM_ENV"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var closed atomic.Bool
	stop := func() {
		if closed.Swap(true) {
			return
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return e, stop
}

// until waits for a job to be as it should.
func until(t *testing.T, e *engine.Engine, name string, so func(engine.JobInfo) bool) engine.JobInfo {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for {
		j, err := e.JobInfo(name)
		if err != nil {
			t.Fatal(err)
		}
		if so(j) {
			return j
		}
		select {
		case <-tick.C:
		case <-late:
			lines, _ := e.JobLog(name, 0)
			t.Fatalf("job %s is %s (%s)\n%v", name, j.State, j.Reason, lines)
		}
	}
}

func in(state engine.State) func(engine.JobInfo) bool {
	return func(j engine.JobInfo) bool { return j.State == state }
}

func submit(t *testing.T, e *engine.Engine, name, text string, set ...string) engine.JobInfo {
	t.Helper()
	j, err := e.Submit(t.Context(), engine.JobSpec{Name: name, Text: text, Set: set})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return j
}

func wants(t *testing.T, e *engine.Engine, text, want string) {
	t.Helper()
	if got, err := ask(t.Context(), e.Session(), text); err != nil || got != want {
		t.Errorf("%s\n%q, %v\nwant %q", text, got, err, want)
	}
}

func refuses(t *testing.T, err error, code string, parts ...string) {
	t.Helper()
	if sqlerr.Code(err) != code {
		t.Errorf("%v (%s), want %s", err, sqlerr.Code(err), code)
		return
	}
	text := sqlerr.Render(err, "", "")
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s\nlacks %q", text, p)
		}
	}
}

// copying is a job that writes n bids, all there are where n is 0, into files of a folder.
func copying(n, rate int, into string) string {
	return fmt.Sprintf(`
		SET checkpoint.interval = '50ms';
		SET mode = 'stream';
		CREATE SOURCE bids (auction BIGINT, bidder BIGINT, price BIGINT) WITH (connector = 'nexmark', events = '%d', rate = '%d');
		CREATE SINK copy (auction BIGINT, bidder BIGINT, price BIGINT) WITH (connector = 'file', path = '%s', format = 'csv');
		INSERT INTO copy SELECT * FROM bids`, n, rate, into)
}

// copied checks that a folder holds the first n bids, each of them once.
func copied(t *testing.T, n int, folder string) {
	t.Helper()
	s := keeping(t, "", io.Discard).Session()
	var got [2]string
	for i, with := range []string{fmt.Sprintf("connector = 'nexmark', events = '%d'", n), fmt.Sprintf("connector = 'file', path = '%s/*', format = 'csv'", folder)} {
		var err error
		got[i], err = ask(t.Context(), s, fmt.Sprintf(`
			CREATE SOURCE s%d (auction BIGINT, bidder BIGINT, price BIGINT) WITH (%s);
			SELECT count(*), sum(auction), sum(bidder), sum(price), sum(auction * price %% 1009) FROM s%[1]d`, i, with))
		if err != nil {
			t.Fatal(err)
		}
	}
	if got[0] != got[1] {
		t.Errorf("%s holds %s, want %s", folder, got[1], got[0])
	}
}

func TestAJobGoesOnFromItsCheckpointWhenTheEngineIsOpenedAgain(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	e, stop := serving(t, dir)
	submit(t, e, "copy", copying(40000, 20000, out))
	until(t, e, "copy", func(j engine.JobInfo) bool { return j.Progress.RowsOut > 1000 && j.Progress.Epoch > 2 })
	stop()

	e, stop = serving(t, dir)
	j := until(t, e, "copy", func(j engine.JobInfo) bool { return j.Progress.Restored > 0 && j.State == engine.Running })
	if err := e.PauseJob(t.Context(), "copy"); err != nil {
		t.Fatal(err)
	}
	until(t, e, "copy", in(engine.Paused))
	stop()

	e, stop = serving(t, dir)
	if got, err := e.JobInfo(j.ID); err != nil || got.State != engine.Paused {
		t.Fatalf("a paused job came back as %v, %v", got, err)
	}
	if err := e.ResumeJob(t.Context(), "copy"); err != nil {
		t.Fatal(err)
	}
	until(t, e, "copy", in(engine.Finished))
	copied(t, 40000, out)
	if _, err := ask(t.Context(), e.Session(), "SELECT * FROM bids"); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("a table of the job's own is the server's: %v", err)
	}
	stop()

	e, _ = serving(t, dir)
	if got := until(t, e, "copy", in(engine.Finished)); got.Progress.RowsOut == 0 || got.Ended.IsZero() {
		t.Errorf("a finished job came back as %+v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "jobs", j.ID, "checkpoints")); !os.IsNotExist(err) {
		t.Errorf("the checkpoints of a finished job: %v", err)
	}
}

func TestOfTwentyJobsOneMayPanicAndAnotherReadNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	e, stop := serving(t, t.TempDir(), faulty{nexmark.New(), "panics", func(rows int) error {
		if rows > 3000 {
			panic("no such bid")
		}
		return nil
	}})
	out := t.TempDir()
	for i := range 18 {
		folder := filepath.Join(out, fmt.Sprint(i))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		submit(t, e, fmt.Sprintf("good%d", i), copying(8000+i, 0, folder))
	}
	submit(t, e, "bad", strings.ReplaceAll(copying(0, 0, filepath.Join(out, "bad")), "'nexmark'", "'panics'"))
	submit(t, e, "missing", `
		CREATE SOURCE f (a BIGINT) WITH (connector = 'file', path = '/nowhere/*.csv', format = 'csv');
		CREATE SINK o (a BIGINT) WITH (connector = 'blackhole');
		INSERT INTO o SELECT a FROM f`)
	for i := range 18 {
		until(t, e, fmt.Sprintf("good%d", i), in(engine.Finished))
		copied(t, 8000+i, filepath.Join(out, fmt.Sprint(i)))
	}
	if j := until(t, e, "bad", in(engine.Failed)); !strings.HasSuffix(j.Reason, "panic: no such bid") || j.Code != sqlerr.Internal || j.Restarts != 0 {
		t.Errorf("%+v", j)
	}
	lines, _ := e.JobLog("bad", 1)
	if len(lines) != 1 || !strings.Contains(lines[0].Text, "jobs_test.go") {
		t.Errorf("no stack: %v", lines)
	}
	if j := until(t, e, "missing", in(engine.Failed)); !strings.Contains(j.Reason, `"/nowhere/*.csv"`) || j.Code != sqlerr.UndefinedFile {
		t.Errorf("%+v", j)
	}
	stop()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, there were %d\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

func TestAJobThatLosesItsSourceIsRestartedFromItsCheckpoint(t *testing.T) {
	var failed atomic.Bool
	e, _ := serving(t, t.TempDir(), faulty{nexmark.New(), "flaky", func(rows int) error {
		if rows > 5000 && failed.CompareAndSwap(false, true) {
			return sqlerr.New(sqlerr.ConnectionFailure, 0, "the other side is gone")
		}
		return nil
	}})
	out := t.TempDir()
	submit(t, e, "flaky", strings.ReplaceAll(copying(20000, 20000, out), "'nexmark'", "'flaky'"))
	j := until(t, e, "flaky", in(engine.Restarting))
	if j.Reason != "the other side is gone" || j.Restarts != 1 || j.NextRestart.IsZero() {
		t.Errorf("%+v", j)
	}
	until(t, e, "flaky", in(engine.Finished))
	copied(t, 20000, out)
}

func TestStatementsOnJobs(t *testing.T) {
	e, _ := serving(t, "")
	s := e.Session()
	ctx := t.Context()
	run := func(text string) (string, error) { return ask(ctx, s, text) }
	if _, err := run(`CREATE TABLE kept (a BIGINT, n BIGINT); CREATE SOURCE bids (auction BIGINT, price BIGINT) WITH (connector = 'nexmark', rate = '5000')`); err != nil {
		t.Fatal(err)
	}
	stmts, err := s.Parse("INSERT INTO kept SELECT auction, price FROM bids")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kept", "kept-2"} { // it does not end: it is a job by the name of its table
		r, err := s.Exec(ctx, stmts[0])
		if err != nil || r.Tag != "INSERT 0 0" || len(r.Notices) != 1 || !strings.Contains(r.Notices[0], fmt.Sprintf("job %q", name)) {
			t.Fatalf("%+v, %v", r, err)
		}
		until(t, e, name, func(j engine.JobInfo) bool { return j.State == engine.Running && j.Progress.RowsOut > 0 })
	}
	for _, tc := range []struct{ text, tag string }{
		{"PAUSE JOB kept", "PAUSE JOB"},
		{"PAUSE JOB kept", "PAUSE JOB"},
		{"RESUME JOB kept", "RESUME JOB"},
		{`CANCEL JOB "kept-2"`, "CANCEL JOB"},
		{"CANCEL JOB IF EXISTS none", "CANCEL JOB"},
		{"SHOW CREATE JOB kept", "INSERT INTO kept SELECT auction, price FROM bids"},
	} {
		if got, err := run(tc.text); err != nil || got != tc.tag {
			t.Errorf("%s: %q, %v", tc.text, got, err)
		}
	}
	until(t, e, "kept", in(engine.Running))
	if got, err := run("SHOW JOBS"); err != nil || !strings.Contains(got, "kept running ") || !strings.Contains(got, "kept-2 cancelled ") {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := run("DESCRIBE JOB kept"); err != nil || !strings.Contains(got, "state running") || !strings.Contains(got, "kind stream") {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := run("SHOW JOB LOG kept"); err != nil || !strings.Contains(got, "paused") {
		t.Errorf("%s, %v", got, err)
	}
	for _, tc := range []struct{ text, code, part string }{
		{"DROP TABLE kept", sqlerr.DependentObjects, `cannot drop table "kept": job "kept" uses it`},
		{"DROP SOURCE bids", sqlerr.DependentObjects, "CANCEL JOB kept first."},
		{"PAUSE JOB kep", sqlerr.UndefinedObject, `Did you mean "kept"?`},
		{`RESUME JOB "kept-2"`, sqlerr.ObjectNotInPrereqState, "is cancelled"},
	} {
		_, err := run(tc.text)
		refuses(t, err, tc.code, tc.part)
	}
	if got, err := run("DROP JOB kept; DROP TABLE kept"); err != nil || got != "DROP TABLE" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestWhatATextOfAJobMayHold(t *testing.T) {
	e, _ := serving(t, "")
	ctx := t.Context()
	if _, err := ask(ctx, e.Session(), "CREATE TABLE there (a BIGINT PRIMARY KEY); INSERT INTO there VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	const sink = "CREATE SINK o (a BIGINT) WITH (connector = 'blackhole'); "
	const forever = "CREATE SOURCE b (auction BIGINT) WITH (connector = 'nexmark', rate = '100'); "
	for _, tc := range []struct {
		name string
		spec engine.JobSpec
		code string
		part string
	}{
		{"nothing to run", engine.JobSpec{Text: sink}, sqlerr.SyntaxError, "INSERT INTO"},
		{"a query", engine.JobSpec{Text: "SELECT 1"}, sqlerr.FeatureNotSupported, "nowhere to show"},
		{"a user", engine.JobSpec{Text: "CREATE USER u PASSWORD 'x'"}, sqlerr.FeatureNotSupported, "by itself"},
		{"a setting that there is not", engine.JobSpec{Text: sink + forever + "INSERT INTO o SELECT * FROM b", Set: []string{"memory_limt=1GB"}}, sqlerr.UndefinedObject, `Did you mean "memory_limit"?`},
		{"a variable that is spelt otherwise", engine.JobSpec{Text: "CREATE SOURCE b (auction BIGINT) WITH (connector = 'nexmark', events = '${EVENTS}'); " + sink + "INSERT INTO o SELECT * FROM b", Set: []string{"EVENTS=5", "EVNTS=1"}}, sqlerr.UndefinedObject, `"EVENTS"`},
		{"a wrong value of a setting", engine.JobSpec{Text: sink + forever + "INSERT INTO o SELECT * FROM b", Set: []string{"parallelism=many"}}, sqlerr.InvalidParameterValue, "many"},
		{"a table that there is not", engine.JobSpec{Text: sink + "INSERT INTO o SELECT * FROM thre"}, sqlerr.UndefinedTable, `Did you mean "there"?`},
		{"a column that there is not", engine.JobSpec{Text: "CREATE TABLE made (a BIGINT); INSERT INTO made VALUES (1); " + sink + forever + "INSERT INTO o SELECT x FROM b"}, sqlerr.UndefinedColumn, ""},
		{"a name with a line break", engine.JobSpec{Name: "a\nb", Text: sink}, sqlerr.InvalidParameterValue, ""},
		{"too much", engine.JobSpec{Text: strings.Repeat("-", 2<<20)}, sqlerr.ProgramLimitExceeded, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := e.Submit(ctx, tc.spec)
			refuses(t, err, tc.code, tc.part)
		})
	}
	if len(e.Jobs()) != 0 {
		t.Errorf("%v", e.Jobs())
	}
	// What a text that was refused had made is gone.
	if _, err := ask(ctx, e.Session(), "SELECT * FROM made"); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("made: %v", err)
	}

	// Its own tables hide the server's.
	submit(t, e, "hides", "CREATE SOURCE there (auction BIGINT) WITH (connector = 'nexmark', events = '${FROM_ENV}'); CREATE TABLE own (n BIGINT); CREATE VIEW v AS SELECT count(*) AS n FROM there; SET mode = 'batch'; INSERT INTO own SELECT n FROM v")
	j := until(t, e, "hides", in(engine.Finished))
	if !j.Batch || j.Progress.RowsOut != 1 {
		t.Errorf("%+v", j)
	}
	wants(t, e, "SELECT n FROM own", "5000")
	wants(t, e, "SELECT a FROM there", "1")
}

func TestABatchJobEndsWithItsRowCounts(t *testing.T) {
	dir := t.TempDir()
	e, stop := serving(t, t.TempDir())
	out := filepath.Join(dir, "out")
	submit(t, e, "", fmt.Sprintf(`
		CREATE SOURCE b (auction BIGINT, price BIGINT) WITH (connector = 'nexmark', events = '3000');
		CREATE SINK o (auction BIGINT, price BIGINT) WITH (connector = 'file', path = '%s', format = 'csv');
		INSERT INTO o SELECT * FROM b WHERE price >= 0`, out))
	if j := until(t, e, "o", in(engine.Finished)); !j.Batch || j.Progress.RowsIn != 3000 || j.Progress.RowsOut != 3000 {
		t.Errorf("%+v", j)
	}
	refuses(t, e.PauseJob(t.Context(), "o"), sqlerr.ObjectNotInPrereqState, "finished")
	submit(t, e, "o", "CREATE SOURCE b (auction BIGINT) WITH (connector = 'nexmark', rate = '10'); CREATE SINK o (a BIGINT) WITH (connector = 'blackhole'); INSERT INTO o SELECT * FROM b") // the name is free
	until(t, e, "o", in(engine.Running))
	_, err := e.Submit(t.Context(), engine.JobSpec{Name: "o", Text: "CREATE SINK o (a BIGINT) WITH (connector = 'blackhole'); INSERT INTO o VALUES (1)"})
	refuses(t, err, sqlerr.DuplicateObject, "CANCEL JOB")
	stop()
}

func TestSecretsOfAJobAreKeptAndNeverShown(t *testing.T) {
	dir := t.TempDir()
	e, stop := serving(t, dir)
	text := `
		-- how the bids are read
		CREATE SOURCE k (a BIGINT) WITH (connector = 'kafka', brokers = '127.0.0.1:1', topic = 't', format = 'json',
			"sasl.mechanism" = 'plain', "sasl.username" = 'u', "sasl.password" = '${PASSWORD}');
		CREATE SOURCE l (a BIGINT) WITH (connector = 'kafka', brokers = '127.0.0.1:1', topic = 't', format = 'json',
			"sasl.mechanism" = 'plain', "sasl.username" = 'u', "sasl.password" = 'pass''word');
		CREATE SINK o (a BIGINT) WITH (connector = 'blackhole');
		INSERT INTO o SELECT a FROM k UNION ALL SELECT a FROM l`
	submit(t, e, "k", text, "PASSWORD=hunter2", "parallelism=1")
	for range 2 {
		j := until(t, e, "k", in(engine.Restarting))
		if want := strings.ReplaceAll(text, "'pass''word'", "'***'"); j.SQL != want {
			t.Errorf("%s", j.SQL)
		}
		for _, q := range []string{"SHOW JOBS", "SHOW JOB k", "SHOW CREATE JOB k", "SHOW JOB LOG k"} {
			if got, err := ask(t.Context(), e.Session(), q); err != nil || strings.Contains(got, "hunter2") || strings.Contains(got, "word'") {
				t.Errorf("%s: %s, %v", q, got, err)
			}
		}
		stop()
		e, stop = serving(t, dir) // which has no PASSWORD of its own
	}
	info, err := os.Stat(filepath.Join(dir, "jobs", e.Jobs()[0].ID, "job.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestADamagedJobKeepsNoOtherFromRunning(t *testing.T) {
	dir := t.TempDir()
	e, stop := serving(t, dir)
	forever := copying(0, 1000, t.TempDir())
	bad := submit(t, e, "bad", forever)
	submit(t, e, "good", forever)
	until(t, e, "good", in(engine.Running))
	stop()
	if err := os.WriteFile(filepath.Join(dir, "jobs", bad.ID, "job.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "jobs", "empty"), 0o700); err != nil { // a crash came before the job was there
		t.Fatal(err)
	}
	e, _ = serving(t, dir)
	until(t, e, "good", in(engine.Running))
	if jobs := e.Jobs(); len(jobs) != 1 {
		t.Errorf("%+v", jobs)
	}
	if _, err := os.Stat(filepath.Join(dir, "jobs", bad.ID, "job.json")); err != nil {
		t.Errorf("the damaged job is not left for somebody to look at: %v", err)
	}
}
