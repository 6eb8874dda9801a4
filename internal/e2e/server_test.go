//go:build services

package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"millrace/internal/testkit"
)

var kills = flag.Int("kills", 5, "how often TestAServerKilledUnderLoadComesBackByItself kills the server")

// server is a running `millrace serve`, and where it is reached.
type server struct {
	*testkit.Process
	dir      string
	pg, http int
	flags    []string
}

// serve starts a server on a folder of its own; anybody on this machine may come in.
func serve(t *testing.T, flags ...string) *server {
	t.Helper()
	port := testkit.FreePort(t, 2)
	s := &server{dir: filepath.Join(t.TempDir(), "data"), pg: port, http: port + 1, flags: flags}
	s.start(t)
	return s
}

// start starts it, again after a kill, and waits until it is ready.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.Process = testkit.Start(t, "", testkit.Binary(t), append([]string{"serve", "--data-dir", s.dir, "--auth", "trust",
		"--pg-listen", fmt.Sprintf("127.0.0.1:%d", s.pg), "--http-listen", fmt.Sprintf("127.0.0.1:%d", s.http)}, s.flags...)...)
	testkit.Eventually(t, time.Minute, "the server is ready", func() bool {
		if !s.Running() {
			t.Fatalf("millrace serve ended:\n%s%s", s.Stdout(), s.Stderr())
		}
		res, err := http.Get(s.url() + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (s *server) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.http) }

// connect opens a connection on the Postgres wire.
func (s *server) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("postgres://ann@127.0.0.1:%d/millrace?sslmode=disable&connect_timeout=10", s.pg))
}

// exec runs statements that must not fail.
func (s *server) exec(t *testing.T, statements ...string) {
	t.Helper()
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, st := range statements {
		if _, err := conn.Exec(t.Context(), st); err != nil {
			t.Fatalf("%s: %v\n%s", st, err, s.Stderr())
		}
	}
}

// value is the one value of a query.
func value[T any](t *testing.T, s *server, query string) (v T, err error) {
	t.Helper()
	conn, err := s.connect(t.Context())
	if err != nil {
		return v, err
	}
	defer conn.Close(t.Context())
	return v, conn.QueryRow(t.Context(), query).Scan(&v)
}

// kept is a view, or the table that a job writes to, and the batch that it has to equal.
type kept struct{ name, create, query string }

// differs is a query for how many rows a relation and its batch do not have in common.
func (k kept) differs() string {
	return fmt.Sprintf("WITH want AS (%s), got AS (SELECT * FROM %s) SELECT (SELECT count(*) FROM (SELECT * FROM want EXCEPT ALL SELECT * FROM got) AS a) + (SELECT count(*) FROM (SELECT * FROM got EXCEPT ALL SELECT * FROM want) AS b)",
		k.query, k.name)
}

// load keeps writing until stop is called, which returns how many bids there are.
func load(t *testing.T, s *server, topic string) (stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	produced := 0
	wg.Go(func() {
		for ctx.Err() == nil {
			produce(t, topic, 4, bids(produced, produced+400)...)
			produced += 400
		}
	})
	wg.Go(func() {
		var conn *pgx.Conn
		for id := 0; ctx.Err() == nil; {
			var err error
			if conn == nil {
				if conn, err = s.connect(ctx); err != nil {
					conn = nil
					continue
				}
			}
			// Each of these twice is as once: what a kill cut off is said again.
			for _, st := range []string{
				fmt.Sprintf("INSERT INTO orders VALUES (%d, %d, %d), (%d, %d, %d) ON CONFLICT DO NOTHING", id, id%7, id*37%1000, id+1, id%5, id*41%1000),
				fmt.Sprintf("UPDATE orders SET amount = %d WHERE id = %d", id%1000, id/2),
				fmt.Sprintf("DELETE FROM orders WHERE id = %d", id/3*2),
			} {
				if _, err = conn.Exec(ctx, st); err != nil {
					break
				}
			}
			if err != nil {
				conn.Close(context.WithoutCancel(ctx))
				conn = nil
				continue
			}
			id += 2
		}
		if conn != nil {
			conn.Close(context.WithoutCancel(ctx))
		}
	})
	return func() int {
		cancel()
		wg.Wait()
		return produced
	}
}

// Ten jobs and ten views run while the server is killed again and again. All come back by themselves, and in the end each
// has the rows of a batch over the same input.
func TestAServerKilledUnderLoadComesBackByItself(t *testing.T) {
	in := topic(t, 4)
	s := serve(t)
	source := fmt.Sprintf("CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) "+
		"WITH (connector = 'kafka', brokers = '%s', topic = '%s', format = 'json', watermark.idle_timeout = '1s')", testkit.Kafka(t), in)
	s.exec(t, source, "CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INT, amount BIGINT)")
	windows := "SELECT window_start, channel, count(*) AS n, sum(price) AS total FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, channel"
	views := []kept{
		{name: "v0", query: "SELECT channel, count(*) AS n, sum(price) AS total FROM bids GROUP BY channel"},
		{name: "v1", query: "SELECT bidder % 50 AS b, min(price) AS low, max(price) AS high FROM bids GROUP BY bidder % 50"},
		{name: "v2", query: "SELECT auction, count(*) AS n, count(DISTINCT bidder) AS bidders FROM bids GROUP BY auction"},
		{name: "v3", query: "SELECT auction, bidder, price FROM bids WHERE price % 100 = 0"},
		{name: "v4", query: "SELECT max(n) AS most, min(n) AS least, sum(n) AS all_bids FROM v0"},
		{name: "v5", query: "SELECT customer, count(*) AS n, sum(amount) AS total FROM orders GROUP BY customer"},
		{name: "v6", query: "SELECT id, amount * 2 AS twice FROM orders WHERE amount > 500"},
		{name: "v7", query: "SELECT count(*) AS customers, sum(n) AS orders FROM v5"},
		{name: "v8", query: "SELECT customer % 2 AS odd, max(amount) AS high, min(amount) AS low FROM orders GROUP BY customer % 2"},
		{name: "v9", query: "SELECT customer FROM orders WHERE amount < 100 UNION ALL SELECT customer FROM v5 WHERE n > 10"},
	}
	for _, v := range views {
		s.exec(t, fmt.Sprintf("CREATE MATERIALIZED VIEW %s AS %s", v.name, v.query))
	}
	var jobs []kept
	for i := range 10 {
		j := kept{name: fmt.Sprint("out", i)}
		mode := "auto"
		switch i % 5 {
		case 0:
			j.create, j.query = "window_start TIMESTAMP, b BIGINT, n BIGINT, PRIMARY KEY (window_start, b)",
				fmt.Sprintf("SELECT window_start, bidder %% 10 AS b, count(*) AS n FROM TABLE(HOP(TABLE bids, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) WHERE price > %d GROUP BY window_start, window_end, bidder %% 10", i)
		case 1:
			j.create, j.query = "window_start TIMESTAMP, channel TEXT, n BIGINT, total BIGINT, PRIMARY KEY (window_start, channel)", strings.Replace(windows, "sum(price)", fmt.Sprintf("CAST(sum(price) + %d AS BIGINT)", i), 1)
		case 2:
			j.create, j.query = "window_start TIMESTAMP, auction BIGINT, low BIGINT, high BIGINT, bidders BIGINT",
				"SELECT window_start, auction, min(price) AS low, max(price) AS high, count(DISTINCT bidder) AS bidders FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '20' SECOND)) GROUP BY window_start, window_end, auction"
		case 3:
			j.create, j.query = "auction BIGINT, bidder BIGINT, price BIGINT", fmt.Sprintf("SELECT auction, bidder, price FROM bids WHERE price %% 200 = %d", i)
		case 4:
			mode = "stream" // else a table that millrace keeps is read as it is
			j.create, j.query = "id BIGINT PRIMARY KEY, twice BIGINT", fmt.Sprintf("SELECT id, amount * 2 AS twice FROM orders WHERE amount > %d", i*10)
		}
		jobs = append(jobs, j)
		file := sqlFile(t, fmt.Sprintf("SET checkpoint.interval = '1s';\nSET mode = '%s';\nCREATE TABLE %s (%s);\nINSERT INTO %s %s;\n", mode, j.name, j.create, j.name, j.query))
		must(t, "submit", file, "--name", fmt.Sprint("job", i), "--server", s.url())
	}

	stop := load(t, s, in)
	for i := range *kills {
		time.Sleep(time.Duration(300+rand.IntN(2500)) * time.Millisecond) // at any instant
		s.Kill()
		s.start(t)
		t.Logf("kill %d", i+1)
	}
	n := stop()
	t.Logf("%d bids", n)
	// A last bid in each partition closes every window that is compared.
	produce(t, in, 4, bids(n+10_000, n+10_004)...)
	closed := time.UnixMilli(1767225600000 + int64(n)*10).UTC().Truncate(20 * time.Second)

	testkit.Eventually(t, time.Minute, "the ten jobs run", func() bool {
		n, err := value[int64](t, s, "SELECT count(*) FROM millrace.jobs WHERE state = 'running'")
		return err == nil && n == 10
	})
	for i, k := range append(views, jobs...) {
		if i >= len(views) && i%5 < 3 { // by windows: those that are closed
			k.query += fmt.Sprintf(" HAVING window_end <= TIMESTAMP '%s'", closed.Format(time.DateTime))
			k.name += fmt.Sprintf(" WHERE window_start <= TIMESTAMP '%s'", closed.Add(-map[int]time.Duration{0: 10, 1: 10, 2: 20}[i%5]*time.Second).Format(time.DateTime))
		}
		if n, err := value[int64](t, s, "SELECT count(*) FROM "+k.name); err != nil || n == 0 {
			t.Errorf("%s has %d rows, %v", k.name, n, err)
		}
		var left int64
		var err error
		deadline := time.Now().Add(time.Minute)
		for left, err = value[int64](t, s, k.differs()); (err != nil || left > 0) && time.Now().Before(deadline); left, err = value[int64](t, s, k.differs()) {
			time.Sleep(200 * time.Millisecond) // the server is to have the time for its work
		}
		if err != nil || left > 0 {
			t.Errorf("%s: %d rows differ from the batch, %v", k.name, left, err)
		}
	}
}

// Of twenty jobs one reads a topic that is not there and one a record that can't be decoded: both stop with what is wrong,
// and the others have the rows of the batch.
func TestAJobThatFailsLeavesTheOthersAlone(t *testing.T) {
	in, bad := topic(t, 4), topic(t, 1)
	produce(t, in, 4, bids(0, 20_000)...)
	produce(t, bad, 1, bid(0), `{"auction": "seven"}`)
	s := serve(t)
	source := func(name, topic string) string {
		return fmt.Sprintf("CREATE TABLE %s (auction BIGINT, bidder BIGINT, price BIGINT) WITH (connector = 'kafka', brokers = '%s', topic = '%s', format = 'json');\n", name, testkit.Kafka(t), topic)
	}
	s.exec(t, source("bids", in))
	submit := func(job, from, out string) {
		t.Helper()
		file := sqlFile(t, from+fmt.Sprintf("SET checkpoint.interval = '500ms';\nCREATE TABLE %s (auction BIGINT, price BIGINT);\nINSERT INTO %s SELECT auction, price FROM bids WHERE price %% 20 = %s;\n", out, out, strings.TrimPrefix(out, "out")))
		must(t, "submit", file, "--name", job, "--server", s.url())
	}
	for i := range 20 {
		from := ""
		switch i {
		case 7:
			from = source("bids", "no-such-topic")
		case 13:
			from = source("bids", bad)
		}
		submit(fmt.Sprint("job", i), from, fmt.Sprint("out", i))
	}
	for job, want := range map[string]string{"job7": `%topic "no-such-topic"%does not exist%`, "job13": "%" + bad + "/0@1%auction%"} {
		testkit.Eventually(t, time.Minute, job+" fails", func() bool {
			n, err := value[int64](t, s, fmt.Sprintf("SELECT count(*) FROM millrace.jobs WHERE name = '%s' AND state = 'failed' AND reason LIKE '%s'", job, want))
			return err == nil && n == 1
		})
	}
	for i := range 20 {
		if i == 7 || i == 13 {
			continue
		}
		k := kept{name: fmt.Sprint("out", i), query: fmt.Sprintf("SELECT auction, price FROM bids WHERE price %% 20 = %d", i)}
		testkit.Eventually(t, time.Minute, k.name+" has the rows of the batch", func() bool {
			n, err := value[int64](t, s, k.differs())
			return err == nil && n == 0
		})
		if n, err := value[int64](t, s, "SELECT count(*) FROM "+k.name); err != nil || n == 0 {
			t.Errorf("%s has %d rows, %v", k.name, n, err)
		}
	}
}
