package server

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/testkit"
)

// endless is a job that goes on, slowly.
const endless = `CREATE SOURCE bids (auction BIGINT, price BIGINT) WITH (connector = 'nexmark', event = 'bid', rate = '${RATE}');
CREATE SINK gone (auction BIGINT, price BIGINT) WITH (connector = 'blackhole');
INSERT INTO gone SELECT auction, price FROM bids;`

func submission(t *testing.T, name, sql string, set map[string]string) string {
	t.Helper()
	b, err := json.Marshal(Submission{Name: name, SQL: sql, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// job asks for a job.
func (r *running) asJob(a answer, status int) Job {
	r.t.Helper()
	if a.status != status {
		r.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	var j Job
	if err := json.Unmarshal([]byte(a.body), &j); err != nil {
		r.t.Fatal(err)
	}
	return j
}

func (r *running) runs(name string) {
	r.t.Helper()
	testkit.Eventually(r.t, 10*time.Second, "job "+name+" runs", func() bool {
		j := r.asJob(r.send("GET", "/v1/jobs/"+name, ""), 200)
		return j.State == "running" && j.Progress.RowsIn > 0
	})
}

func TestAJobIsSubmittedPausedResumedAndCancelled(t *testing.T) {
	r := start(t).ready()
	a := r.send("POST", "/v1/jobs", submission(t, "all bids", endless, map[string]string{"RATE": "100"}))
	if j := r.asJob(a, 201); j.Name != "all bids" || j.ID == "" || a.header.Get("Location") != "/v1/jobs/all%20bids" {
		t.Errorf("submitted %+v, at %q", j, a.header.Get("Location"))
	}
	r.runs("all%20bids")
	if j := r.asJob(r.send("POST", "/v1/jobs/all%20bids/pause", ""), 200); j.State != "paused" {
		t.Errorf("paused: %+v", j)
	}
	if j := r.asJob(r.send("POST", "/v1/jobs/all%20bids/resume", ""), 200); j.State != "starting" && j.State != "running" {
		t.Errorf("resumed: %+v", j)
	}
	r.runs("all%20bids")
	var list JobList
	if err := json.Unmarshal([]byte(r.send("GET", "/v1/jobs", "").body), &list); err != nil || len(list.Jobs) != 1 || list.Jobs[0].SQL != endless {
		t.Errorf("list %+v, %v", list, err)
	}
	if page := r.send("GET", "/", ""); !strings.Contains(page.body, "<td>all bids<td>running") {
		t.Errorf("page %s", page.body)
	}
	if figures := r.send("GET", "/metrics", ""); figures.status != 200 || !strings.Contains(figures.body, `{job="all bids"}`) {
		t.Errorf("metrics %s", figures.body)
	}
	var log Log
	if err := json.Unmarshal([]byte(r.send("GET", "/v1/jobs/all%20bids/logs?n=1", "").body), &log); err != nil || len(log.Lines) != 1 {
		t.Errorf("log %+v, %v", log, err)
	}
	if j := r.asJob(r.send("DELETE", "/v1/jobs/all%20bids", ""), 200); j.State != "cancelled" || j.Ended == nil {
		t.Errorf("cancelled: %+v", j)
	}
	if a := r.send("POST", "/v1/jobs/all%20bids/resume", ""); a.status != 409 || a.problem(t).SQLState != "55000" {
		t.Errorf("resumed after its end: %d %s", a.status, a.body)
	}
}

func TestWhatIsWrongWithASubmissionIsTold(t *testing.T) {
	r := start(t, "http-max-body", "2kB").ready()
	r.asJob(r.send("POST", "/v1/jobs", submission(t, "taken", endless, map[string]string{"RATE": "1"})), 201)
	for _, tc := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		sqlstate, detail, hint   string
		line, column             int
	}{
		{"a name that is taken", "POST", "/v1/jobs", submission(t, "taken", endless, map[string]string{"RATE": "1"}), nil, 409, "42710", "taken", "another name", 0, 0},
		{
			"a column that there is not", "POST", "/v1/jobs", submission(t, "", "CREATE SINK gone (a BIGINT) WITH (connector = 'blackhole');\n-- é\nINSERT INTO gone SELECT é, nope FROM (VALUES (1)) AS v(é)", nil), nil,
			400, "42703", "nope", "", 3, 28,
		},
		{"a setting that there is not", "POST", "/v1/jobs", submission(t, "x", endless, map[string]string{"RATE": "1", "parallelism": "no"}), nil, 400, "22023", "parallelism", "", 0, 0},
		{"a field that is not known", "POST", "/v1/jobs", `{"sgl": "x"}`, nil, 400, "22P02", "sgl", `"sql"`, 0, 0},
		{"a field of another type", "POST", "/v1/jobs", `{"sql": 1}`, nil, 400, "22P02", "field sql", "", 0, 0},
		{"no JSON", "POST", "/v1/jobs", `{"sql"`, nil, 400, "22P02", "JSON", "", 0, 0},
		{"two bodies", "POST", "/v1/jobs", `{"sql": "x"} {}`, nil, 400, "22P02", "behind", "", 0, 0},
		{"nothing to run", "POST", "/v1/jobs", `{"sql": ""}`, nil, 400, "", "", "", 0, 0},
		{"too much", "POST", "/v1/jobs", submission(t, "", strings.Repeat("x", 3000), nil), nil, 413, "54000", "2kB", "http.max_body", 0, 0},
		{"a form, as a page of another site can send it", "POST", "/v1/jobs", "sql=x", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "08P01", "application/json", "", 0, 0},
		{"a page of another site, says the browser", "POST", "/v1/jobs/taken/pause", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, "42501", "another site", "", 0, 0},
		{"a page of another site, by its address", "DELETE", "/v1/jobs/taken", "", []string{"Origin", "https://evil.example"}, 403, "42501", "another site", "", 0, 0},
		{"a job that there is not", "GET", "/v1/jobs/takn", "", nil, 404, "42704", "takn", `"taken"`, 0, 0},
		{"the log of none", "GET", "/v1/jobs/none/logs", "", nil, 404, "42704", "none", "", 0, 0},
		{"the end of none", "DELETE", "/v1/jobs/none", "", nil, 404, "42704", "none", "", 0, 0},
		{"lines below zero", "GET", "/v1/jobs/taken/logs?n=-1", "", nil, 400, "22023", "parameter n", "", 0, 0},
		{"perhaps", "GET", "/v1/jobs/taken/logs?follow=perhaps", "", nil, 400, "22023", "follow", "", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.t = t
			a := r.send(tc.method, tc.path, tc.body, tc.headers...)
			if a.status != tc.status {
				t.Fatalf("status %d, want %d: %s", a.status, tc.status, a.body)
			}
			p := a.problem(t)
			if tc.sqlstate != "" && p.SQLState != tc.sqlstate || !strings.Contains(p.Detail, tc.detail) || !strings.Contains(p.Hint, tc.hint) || p.Line != tc.line || p.Column != tc.column {
				t.Errorf("got %+v", p)
			}
		})
	}
}

// What a client is told of a place leads back to it.
func TestAProblemIsTheErrorItWas(t *testing.T) {
	r := start(t).ready()
	const text = "CREATE SINK ö (a BIGINT) WITH (connector = 'blackhole');\nINSERT INTO ö SELECT nope FROM (VALUES (1)) AS v(a)"
	p := r.send("POST", "/v1/jobs", submission(t, "", text, nil)).problem(t)
	if off, ok := p.SQLError(text).Pos.Offset(); !ok || !strings.HasPrefix(text[off:], "nope") {
		t.Errorf("place %d of %+v", off, p)
	}
}

func TestNoSecretIsInAnAnswer(t *testing.T) {
	r := start(t).ready()
	text := `CREATE SINK k (a BIGINT) WITH (connector = 'kafka', brokers = '127.0.0.1:1', topic = 't', format = 'json', sasl.mechanism = 'plain', sasl.username = 'u', sasl.password = 'hunter2');
CREATE SOURCE bids (auction BIGINT) WITH (connector = 'nexmark', event = 'bid', rate = '1');
INSERT INTO k SELECT auction FROM bids`
	a := r.send("POST", "/v1/jobs", submission(t, "secret", text, nil))
	r.asJob(a, 201)
	testkit.Eventually(t, 30*time.Second, "the job fails for want of a broker", func() bool {
		return r.asJob(r.send("GET", "/v1/jobs/secret", ""), 200).State == "restarting"
	})
	for _, path := range []string{"/v1/jobs", "/v1/jobs/secret", "/v1/jobs/secret/logs", "/", "/metrics"} {
		if a := r.send("GET", path, ""); a.status != 200 || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if strings.Contains(a.body+r.log.String(), "hunter2") {
		t.Error("the secret is in the answer or in the log")
	}
}

func TestALogIsFollowedUntilTheServerStops(t *testing.T) {
	const readTimeout = 200 * time.Millisecond // is for the request, not for what is answered
	r := start(t, "http-read-timeout", readTimeout.String()).ready()
	r.asJob(r.send("POST", "/v1/jobs", submission(t, "j", endless, map[string]string{"RATE": "100"})), 201)
	res, err := r.client.Get(r.url + "/v1/jobs/j/logs?follow=true")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s, %s", res.Status, got)
	}
	events := make(chan LogLine)
	go func() {
		defer close(events)
		in := bufio.NewScanner(res.Body)
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				var l LogLine
				if err := json.Unmarshal([]byte(data), &l); err != nil {
					t.Error(err)
				}
				events <- l
			}
		}
	}()
	next := func(want string) {
		t.Helper()
		select {
		case l := <-events:
			if !strings.Contains(l.Text, want) {
				t.Errorf("line %q, want %q", l.Text, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no line %q", want)
		}
	}
	next("running")
	<-time.After(2 * readTimeout) // which must change nothing
	r.asJob(r.send("POST", "/v1/jobs/j/pause", ""), 200)
	next("paused")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for l := range events {
		t.Errorf("a line after the last: %+v", l)
	}
}

func TestJobsComeBackWithTheServer(t *testing.T) {
	dir := t.TempDir()
	r := start(t, "data-dir", dir).ready()
	r.asJob(r.send("POST", "/v1/jobs", submission(t, "runs", endless, map[string]string{"RATE": "100"})), 201)
	r.asJob(r.send("POST", "/v1/jobs", submission(t, "rests", endless, map[string]string{"RATE": "100"})), 201)
	r.runs("runs")
	r.runs("rests")
	r.asJob(r.send("POST", "/v1/jobs/rests/pause", ""), 200)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, "data-dir", dir).ready()
	again.runs("runs")
	if j := again.asJob(again.send("GET", "/v1/jobs/runs", ""), 200); j.Progress.Checkpoint == 0 {
		t.Errorf("it did not go on from a checkpoint: %+v", j)
	}
	if j := again.asJob(again.send("GET", "/v1/jobs/rests", ""), 200); j.State != "paused" {
		t.Errorf("it was paused: %+v", j)
	}
}

// Each route of the table answers what its document says, which send looks at.
func TestEveryRouteAnswersAsDocumented(t *testing.T) {
	r := start(t).ready()
	r.asJob(r.send("POST", "/v1/jobs", submission(t, "j", endless, map[string]string{"RATE": "100"})), 201)
	r.runs("j")
	for _, rt := range r.routes {
		path := strings.NewReplacer("{name}", "j", "{$}", "").Replace(rt.path)
		body := ""
		if rt.body != nil {
			body = submission(t, "another", endless, map[string]string{"RATE": "1"})
		}
		if rt.method == http.MethodDelete {
			defer func() { r.send(rt.method, path, body) }() // the others need the job
			continue
		}
		if a := r.send(rt.method, path, body); a.status != rt.status {
			t.Errorf("%s %s: status %d, want %d: %s", rt.method, path, a.status, rt.status, a.body)
		}
	}
}
