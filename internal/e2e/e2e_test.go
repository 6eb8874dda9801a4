//go:build services

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/segmentio/kafka-go"

	"millrace/internal/testkit"
)

// sqlFile writes a statement file.
func sqlFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// millrace runs the command to its end and gives what it printed.
func millrace(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	path := testkit.Binary(t) // first: it may have to be built
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

func must(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := millrace(t, args...)
	if err != nil {
		t.Fatalf("millrace %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout, stderr
}

// topic makes a topic.
func topic(t *testing.T, partitions int) string {
	t.Helper()
	name := testkit.Name(t, "e2e")
	client := &kafka.Client{Addr: kafka.TCP(testkit.Kafka(t)), Timeout: 20 * time.Second}
	res, err := client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}}})
	if err == nil {
		err = res.Errors[name]
	}
	if err != nil {
		t.Fatalf("creating topic %s: %v", name, err)
	}
	return name
}

// produce writes records, record i to partition i modulo partitions.
func produce(t *testing.T, topic string, partitions int, values ...string) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(testkit.Kafka(t)), Topic: topic, BatchTimeout: 5 * time.Millisecond, RequiredAcks: kafka.RequireAll,
		Balancer: kafka.BalancerFunc(func(m kafka.Message, ps ...int) int { return m.WriterData.(int) % len(ps) })}
	defer w.Close()
	for from := 0; from < len(values); from += 2000 {
		var batch []kafka.Message
		for i := from; i < min(from+2000, len(values)); i++ {
			batch = append(batch, kafka.Message{Value: []byte(values[i]), WriterData: i % partitions})
		}
		if err := w.WriteMessages(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
	}
}

// read gives every record of a topic.
func read(t *testing.T, topic string, partitions int) []string {
	t.Helper()
	var out []string
	for p := range partitions {
		conn, err := kafka.DialLeader(t.Context(), "tcp", testkit.Kafka(t), topic, p)
		if err != nil {
			t.Fatal(err)
		}
		first, last, err := conn.ReadOffsets()
		if err != nil {
			t.Fatal(err)
		}
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{testkit.Kafka(t)}, Topic: topic, Partition: p, MaxWait: 100 * time.Millisecond})
		for at := first; at < last; {
			m, err := r.ReadMessage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(m.Value))
			at = m.Offset + 1
		}
		r.Close()
		conn.Close()
	}
	return out
}

const bidsTable = `
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = '${KAFKA}', topic = '${BIDS}', format = 'json', scan.end = '${END}', on_error = '${ON_ERROR}', watermark.idle_timeout = '1s');
`

const totalsTables = `
CREATE TABLE totals (channel TEXT, window_start TIMESTAMP, n BIGINT, total BIGINT, low BIGINT, high BIGINT, mean DECIMAL(20, 4), PRIMARY KEY (channel, window_start))
WITH (connector = 'cassandra', hosts = '${CASSANDRA}', keyspace = '${KEYSPACE}', table = '${TABLE}');
INSERT INTO totals
SELECT channel, window_start, count(*), CAST(sum(price) AS BIGINT), min(price), max(price), CAST(avg(price) AS DECIMAL(20, 4))
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, channel;
`

// total is a row of the result.
type total struct{ n, sum, low, high int64 }

type key struct {
	channel string
	window  int64 // seconds
}

// bid makes record i: one a 10 ms of event time, up to 2 s out of order.
func bid(i int) string {
	return fmt.Sprintf(`{"auction":%d,"bidder":%d,"price":%d,"channel":"channel-%d","at":"%s","extra":"%s"}`,
		1000+i%97, i%1009, i*7919%100000, i%5,
		time.UnixMilli(1767225600000+int64(i)*10-int64(i*31%2000)).UTC().Format("2006-01-02T15:04:05.000Z"), strings.Repeat("x", 60))
}

func bids(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, bid(i))
	}
	return out
}

// reference computes the totals of records in the plainest way.
func reference(t *testing.T, records []string) map[key]total {
	t.Helper()
	out := map[key]total{}
	for _, r := range records {
		var b struct {
			Price   int64
			Channel string
			At      time.Time
		}
		if err := json.Unmarshal([]byte(r), &b); err != nil {
			t.Fatal(err)
		}
		k := key{b.Channel, b.At.Unix() / 10 * 10}
		x, ok := out[k]
		if !ok {
			x = total{low: b.Price, high: b.Price}
		}
		out[k] = total{x.n + 1, x.sum + b.Price, min(x.low, b.Price), max(x.high, b.Price)}
	}
	return out
}

// table reads the totals back from Cassandra.
func table(t *testing.T, s *gocql.Session, name string) map[key]total {
	t.Helper()
	out := map[key]total{}
	iter := s.Query("SELECT channel, window_start, n, total, low, high FROM " + name).Iter()
	var k key
	var x total
	var at time.Time
	for iter.Scan(&k.channel, &at, &x.n, &x.sum, &x.low, &x.high) {
		k.window = at.Unix()
		out[k] = x
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, got, want map[key]total) {
	t.Helper()
	wrong := 0
	for k, w := range want {
		if g, ok := got[k]; !ok || g != w {
			if wrong++; wrong < 10 {
				t.Errorf("%s at %s: got %+v, want %+v", k.channel, time.Unix(k.window, 0).UTC(), got[k], w)
			}
		}
	}
	if len(got) != len(want) || wrong > 0 {
		t.Errorf("%d rows wanted, %d came, %d wrong", len(want), len(got), wrong)
	}
}

func createTotals(t *testing.T, s *gocql.Session, name string) {
	t.Helper()
	testkit.Exec(t, s, "CREATE TABLE "+name+" (channel text, window_start timestamp, n bigint, total bigint, low bigint, high bigint, mean decimal, PRIMARY KEY (channel, window_start))")
}

// set is the --set flags of a job: settings, and what its text has variables for.
func set(t *testing.T, job string, values map[string]string) []string {
	t.Helper()
	text, err := os.ReadFile(job)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"KAFKA": testkit.Kafka(t), "CASSANDRA": testkit.Cassandra(t), "END": "none", "ON_ERROR": "fail"}
	maps.Copy(all, values)
	var out []string
	for k, v := range all {
		if strings.Contains(k, ".") || strings.Contains(string(text), "${"+k+"}") {
			out = append(out, "--set", k+"="+v)
		}
	}
	return out
}

func TestOneFileAsStreamAndAsBatchGivesTheSameRows(t *testing.T) {
	session, keyspace := testkit.Keyspace(t)
	in := topic(t, 4)
	records := bids(0, 60_000)
	produce(t, in, 4, records...)
	job := sqlFile(t, bidsTable+totalsTables)
	want := reference(t, records)
	for _, mode := range []string{"stream", "batch"} {
		t.Run(mode, func(t *testing.T) {
			name := keyspace + ".as_" + mode
			createTotals(t, session, name)
			values := map[string]string{"BIDS": in, "KEYSPACE": keyspace, "TABLE": "as_" + mode, "END": "latest"}
			_, progress := must(t, append([]string{"run", job, "--mode", mode}, set(t, job, values)...)...)
			if !strings.Contains(progress, "done: 60,000 rows in") {
				t.Errorf("summary %q", progress)
			}
			same(t, table(t, session, name), want)
		})
	}
}

func TestAKilledJobEndsWithTheTableOfAnUninterruptedOne(t *testing.T) {
	session, keyspace := testkit.Keyspace(t)
	in := topic(t, 4)
	createTotals(t, session, keyspace+".killed")
	job := sqlFile(t, bidsTable+totalsTables)
	values := map[string]string{"BIDS": in, "KEYSPACE": keyspace, "TABLE": "killed", "checkpoint.interval": "200ms"}
	args := append([]string{"run", job, "--mode", "stream", "--state-dir", t.TempDir()}, set(t, job, values)...)
	all := bids(0, 80_000)
	for round := range 4 { // each round brings a part of the records and ends in kill -9
		cmd := exec.Command(testkit.Binary(t), args...)
		var errOut bytes.Buffer
		cmd.Stderr = &errOut
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for part := range 5 {
			from := round*20_000 + part*4_000
			produce(t, in, 4, all[from:from+4_000]...)
		}
		testkit.Eventually(t, 30*time.Second, "the windows of this part in the table", func() bool { return len(table(t, session, keyspace+".killed")) > round*60 })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || strings.Contains(errOut.String(), "error:") {
			t.Fatalf("round %d ended by itself: %v\n%s", round, err, errOut.String())
		}
	}
	values["END"] = "latest" // the last run reads what is left and closes the windows
	must(t, append([]string{"run", job, "--mode", "stream", "--state-dir", args[5]}, set(t, job, values)...)...)
	same(t, table(t, session, keyspace+".killed"), reference(t, all))
}

func TestRowsIntoKafkaAreThoseOfTheBatch(t *testing.T) {
	in, out := topic(t, 3), testkit.Name(t, "totals")
	records := bids(0, 30_000)
	produce(t, in, 3, records...)
	job := sqlFile(t, bidsTable+`
CREATE TABLE totals (channel TEXT, window_start TIMESTAMP, n BIGINT)
WITH (connector = 'kafka', brokers = '${KAFKA}', topic = '${OUT}', format = 'json', key.columns = 'channel', partitions = '2');
INSERT INTO totals SELECT channel, window_start, count(*) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start, channel;
`)
	must(t, append([]string{"run", job, "--mode", "stream"}, set(t, job, map[string]string{"BIDS": in, "OUT": out, "END": "latest"})...)...)
	got := map[key]int64{}
	for _, r := range read(t, out, 2) {
		var row struct {
			Channel     string
			WindowStart string `json:"window_start"`
			N           int64
		}
		if err := json.Unmarshal([]byte(r), &row); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02T15:04:05", row.WindowStart)
		if err != nil {
			t.Fatal(err)
		}
		got[key{row.Channel, at.Unix()}] += row.N
	}
	want := reference(t, records)
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for k, w := range want {
		if got[k] != w.n {
			t.Errorf("%v: %d, want %d", k, got[k], w.n)
		}
	}
}

func TestABadRecordStopsTheJobWithItsPlace(t *testing.T) {
	in := topic(t, 1)
	produce(t, in, 1, bid(0), bid(1), `{"auction":1,"price":"12,5","at":"2026-01-01T00:00:00Z"}`, bid(2))
	job := sqlFile(t, bidsTable+"CREATE SINK nowhere (p BIGINT) WITH (connector = 'blackhole'); INSERT INTO nowhere SELECT price FROM bids;")
	_, stderr, err := millrace(t, append([]string{"run", job}, set(t, job, map[string]string{"BIDS": in, "END": "latest"})...)...)
	if err == nil || !strings.Contains(stderr, in+"/0@2") || !strings.Contains(stderr, "price") || !strings.Contains(stderr, "on_error") {
		t.Errorf("error %v, stderr %q", err, stderr)
	}
	_, stderr = must(t, append([]string{"run", job}, set(t, job, map[string]string{"BIDS": in, "END": "latest", "ON_ERROR": "skip"})...)...)
	if !strings.Contains(stderr, "3 rows in") || !strings.Contains(stderr, "1 bad records skipped") {
		t.Errorf("stderr %q", stderr)
	}
}

func TestHostileRecordsAreCountedAndGoodOnesComeOut(t *testing.T) {
	in := topic(t, 2)
	var records []string
	good, bad := 0, 0
	hostile := []string{
		`{"auction":1,"price":2`, `{"price":"x"}`, `{"price":99999999999999999999}`, `[1,2]`, `nonsense`, `{"at":"yesterday"}`, "{\"channel\":\"\xff\xfe\"}",
		`{"auction":{"a":1}}`, `{"price":1.5}`, strings.Repeat("[", 5000), `{"auction":1}}`, "\x00", `{"channel":"unclosed`, `{"a":` + strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat(`}`, 2001),
	}
	for i := range 100_000 {
		if i%7 == 3 {
			records = append(records, bid(i))
			good++
		} else {
			records = append(records, hostile[i%len(hostile)])
			bad++
		}
	}
	produce(t, in, 2, records...)
	job := sqlFile(t, bidsTable+"CREATE SINK nowhere (a BIGINT, b BIGINT, p BIGINT, c TEXT, at TIMESTAMP) WITH (connector = 'blackhole'); INSERT INTO nowhere SELECT * FROM bids;")
	_, stderr := must(t, append([]string{"run", job}, set(t, job, map[string]string{"BIDS": in, "END": "latest", "ON_ERROR": "skip"})...)...)
	clean := strings.ReplaceAll(stderr, ",", "")
	if !strings.Contains(clean, fmt.Sprintf("%d rows in", good)) || !strings.Contains(clean, fmt.Sprintf("%d bad records skipped", bad)) {
		t.Errorf("%d good and %d bad: %q", good, bad, stderr[max(0, len(stderr)-300):])
	}
}

func TestWhatCannotBeReachedIsSaidInSeconds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values map[string]string
		want   string
	}{
		{"no broker there", map[string]string{"KAFKA": "127.0.0.1:1", "BIDS": "x"}, "127.0.0.1:1"},
		{"no such topic", map[string]string{"BIDS": "no_such_topic"}, "no_such_topic"},
		{"no Cassandra there", map[string]string{"BIDS": "", "CASSANDRA": "127.0.0.1:1", "KEYSPACE": "k", "TABLE": "t"}, "127.0.0.1:1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := bidsTable + "CREATE SINK nowhere (p BIGINT) WITH (connector = 'blackhole'); INSERT INTO nowhere SELECT price FROM bids;"
			if tc.values["TABLE"] != "" {
				text = bidsTable + totalsTables
				tc.values["BIDS"] = topic(t, 1)
			}
			job := sqlFile(t, text)
			start := time.Now()
			_, stderr, err := millrace(t, append([]string{"run", job}, set(t, job, tc.values)...)...)
			if err == nil || !strings.Contains(stderr, tc.want) || !strings.Contains(stderr, "error:") {
				t.Errorf("error %v, stderr %q", err, stderr)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestCtrlCStopsAJobWellAndItGoesOn(t *testing.T) {
	session, keyspace := testkit.Keyspace(t)
	in := topic(t, 2)
	createTotals(t, session, keyspace+".stopped")
	job := sqlFile(t, bidsTable+totalsTables)
	values := map[string]string{"BIDS": in, "KEYSPACE": keyspace, "TABLE": "stopped"}
	state := t.TempDir()
	args := append([]string{"run", job, "--mode", "stream", "--state-dir", state}, set(t, job, values)...)
	all := bids(0, 20_000)
	for half := range 2 {
		cmd := exec.Command(testkit.Binary(t), args...)
		var errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.Discard, &errOut
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		produce(t, in, 2, all[half*10_000:(half+1)*10_000]...)
		testkit.Eventually(t, 30*time.Second, "the windows of this part in the table", func() bool { return len(table(t, session, keyspace+".stopped")) > half*40 })
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("half %d: %v\n%s", half, err, errOut.String())
		}
	}
	values["END"] = "latest"
	must(t, append([]string{"run", job, "--mode", "stream", "--state-dir", state}, set(t, job, values)...)...)
	same(t, table(t, session, keyspace+".stopped"), reference(t, all))
}

func TestSQLPrintsRows(t *testing.T) {
	in := topic(t, 2)
	produce(t, in, 2, bids(0, 1000)...)
	tables := sqlFile(t, bidsTable)
	for format, want := range map[string]string{
		"csv":   "channel,n\nchannel-0,200\nchannel-1,200\n",
		"json":  "{\"channel\":\"channel-0\",\"n\":200}\n{\"channel\":\"channel-1\",\"n\":200}\n",
		"table": "channel-0 | 200",
	} {
		stdout, _ := must(t, append([]string{"sql", "-f", tables, "-c", "SELECT channel, count(*) AS n FROM bids GROUP BY channel ORDER BY channel LIMIT 2", "--format", format},
			set(t, tables, map[string]string{"BIDS": in})...)...)
		if !strings.Contains(stdout, want) {
			t.Errorf("%s: %q", format, stdout)
		}
	}
	var exit *exec.ExitError
	if _, _, err := millrace(t, "sql", "-c", "SELECT nothing"); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("a failed statement: %v", err)
	}
}

// TestTheReadmesJobRuns takes the job out of README.md, so that what is printed there is what runs.
func TestTheReadmesJobRuns(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(readme), "```sql\n-- totals.sql\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !closed {
		t.Fatal("README.md has lost its job")
	}
	session, _ := testkit.Keyspace(t)
	testkit.Exec(t, session, "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	testkit.Exec(t, session, "DROP TABLE IF EXISTS shop.totals")
	testkit.Exec(t, session, "CREATE TABLE shop.totals (channel text, window_start timestamp, bids bigint, total bigint, mean decimal, PRIMARY KEY (channel, window_start))")
	in := topic(t, 2)
	records := bids(0, 5000)
	produce(t, in, 2, records...)
	job := sqlFile(t, strings.Replace(text, "topic = 'bids'", "topic = '"+in+"'", 1))
	if out, _ := must(t, append([]string{"explain", job}, set(t, job, nil)...)...); !strings.Contains(out, "upsert by (channel, window_start)") {
		t.Errorf("the plan is\n%s", out)
	}
	must(t, append([]string{"run", job, "--mode", "batch"}, set(t, job, nil)...)...)
	var rows, sum int64
	if err := session.Query("SELECT count(*), sum(bids) FROM shop.totals").Scan(&rows, &sum); err != nil {
		t.Fatal(err)
	}
	if want := reference(t, records); rows != int64(len(want)) || sum != 5000 {
		t.Errorf("%d rows over %d bids, want %d over 5000", rows, sum, len(want))
	}
}

// TestOneFileMayWriteToSeveralPlaces: the INSERTs of a file are one job.
func TestOneFileMayWriteToSeveralPlaces(t *testing.T) {
	session, keyspace := testkit.Keyspace(t)
	createTotals(t, session, keyspace+".both")
	in, out := topic(t, 2), topic(t, 1)
	records := bids(0, 10_000)
	produce(t, in, 2, records...)
	job := sqlFile(t, bidsTable+totalsTables+`
CREATE SINK bidders (bidder BIGINT, n BIGINT) WITH (connector = 'kafka', brokers = '${KAFKA}', topic = '${OUT}', format = 'json');
CREATE SINK shown (window_end TIMESTAMP, n BIGINT) WITH (connector = 'print', format = 'csv');
INSERT INTO bidders SELECT bidder, count(*) FROM TUMBLE(bids, at, INTERVAL '1 hour') GROUP BY window_start, bidder;
INSERT INTO shown SELECT window_end, count(*) FROM TUMBLE(bids, at, INTERVAL '1 minute') GROUP BY window_start, window_end;
`)
	values := map[string]string{"BIDS": in, "OUT": out, "KEYSPACE": keyspace, "TABLE": "both", "END": "latest"}
	stdout, _ := must(t, append([]string{"run", job, "--mode", "stream"}, set(t, job, values)...)...)
	same(t, table(t, session, keyspace+".both"), reference(t, records))
	hours := map[string]bool{}
	for _, r := range records {
		var b struct {
			Bidder int64
			At     time.Time
		}
		if err := json.Unmarshal([]byte(r), &b); err != nil {
			t.Fatal(err)
		}
		hours[fmt.Sprintf("%d/%d", b.Bidder, b.At.Unix()/3600)] = true
	}
	if n := len(read(t, out, 1)); n != len(hours) {
		t.Errorf("%d rows of bidders, want %d", n, len(hours))
	}
	if lines := strings.Count(stdout, "2026-01-01"); lines != 2 && lines != 3 {
		t.Errorf("printed %q", stdout)
	}
}
