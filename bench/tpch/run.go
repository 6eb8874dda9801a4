package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type runCmd struct {
	Millrace string   `default:"bin/millrace" help:"The binary."`
	Python   string   `help:"A Python that has DuckDB, which then runs the same queries on the same files; none: millrace alone."`
	Data     string   `required:"" help:"Folder of the files that gen has made."`
	Format   string   `default:"parquet" enum:"parquet,arrow" help:"Of the files: ${enum}. DuckDB reads parquet alone."`
	SF       float64  `name:"sf" default:"1" help:"Scale factor of the data."`
	Queries  []string `help:"Queries to run: q1,q5. Default: all."`
	Sources  string   `default:"testdata/tpch" help:"Folder of the queries."`
	Runs     int      `default:"3" help:"Of each query; the fastest counts."`
	Threads  int      `default:"2" help:"Parallelism of both."`
	Profile  string   `help:"A folder for CPU profiles of millrace, one a query."`
}

// measure is what the best run of a query took.
type measure struct {
	seconds float64
	cpu     float64 // of that run
	peakMiB int64
	rows    [][]string
}

func (r *runCmd) Run(ctx context.Context) error {
	queries := r.Queries
	if len(queries) == 0 {
		for n := 1; n <= 22; n++ {
			queries = append(queries, fmt.Sprintf("q%d", n))
		}
	}
	fmt.Printf("%-6s %11s %11s %7s %11s %11s %7s %9s  %s\n", "query", "millrace s", "DuckDB s", "ratio", "CPU-s", "CPU-s", "ratio", "peak MiB", "rows")
	line := func(name string, m, d measure, peak, same string) {
		fmt.Printf("%-6s %11.3f %11.3f %7.2f %11.3f %11.3f %7.2f %9s  %s\n", name, m.seconds, d.seconds, m.seconds/d.seconds, m.cpu, d.cpu, m.cpu/d.cpu, peak, same)
	}
	var sum, theirs measure
	var worst error
	for _, name := range queries {
		text, err := r.query(name)
		if err != nil {
			return err
		}
		m, err := r.millrace(ctx, name, text)
		if err != nil {
			fmt.Printf("%-6s %v\n", name, err)
			worst = errors.Join(worst, fmt.Errorf("%s: %w", name, err))
			continue
		}
		sum.seconds, sum.cpu = sum.seconds+m.seconds, sum.cpu+m.cpu
		if r.Python == "" {
			fmt.Printf("%-6s %11.3f %11s %7s %11.3f %11s %7s %9d\n", name, m.seconds, "", "", m.cpu, "", "", m.peakMiB)
			continue
		}
		d, err := r.duckdb(ctx, text)
		if err != nil {
			return err
		}
		theirs.seconds, theirs.cpu = theirs.seconds+d.seconds, theirs.cpu+d.cpu
		same := "equal"
		if err := equal(m.rows, d.rows); err != nil {
			same = err.Error()
			worst = errors.Join(worst, fmt.Errorf("%s: %w", name, err))
		}
		line(name, m, d, fmt.Sprint(m.peakMiB), same)
	}
	if r.Python != "" {
		line("total", sum, theirs, "", "")
	} else {
		fmt.Printf("%-6s %11.3f %31.3f\n", "total", sum.seconds, sum.cpu)
	}
	return worst
}

func (r *runCmd) query(name string) (string, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "q"))
	if err != nil {
		return "", fmt.Errorf("%q is no query: q1 to q22", name)
	}
	text, err := os.ReadFile(filepath.Join(r.Sources, fmt.Sprintf("q%02d.sql", n)))
	return strings.Replace(string(text), "* 0.0001", fmt.Sprintf("* %g", 0.0001/r.SF), 1), err
}

// millrace runs the binary, its start included, and keeps the fastest run.
func (r *runCmd) millrace(ctx context.Context, name, text string) (measure, error) {
	best := measure{seconds: math.Inf(1)}
	for range r.Runs {
		args := []string{"sql", "--format", "csv", "-s", "dir=" + r.Data, "-s", "format=" + r.Format, "-s", fmt.Sprintf("parallelism=%d", r.Threads),
			"-f", filepath.Join(r.Sources, "schema.sql"), "-f", "-"}
		if r.Profile != "" {
			args = append([]string{"--cpuprofile", filepath.Join(r.Profile, name+".prof")}, args...)
		}
		cmd := exec.CommandContext(ctx, r.Millrace, args...)
		cmd.Stdin = strings.NewReader(text)
		var out, errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errOut
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return best, fmt.Errorf("%w: %s", err, strings.TrimSpace(errOut.String()))
		}
		took := time.Since(began).Seconds()
		if took >= best.seconds {
			continue
		}
		best.seconds = took
		best.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
		best.peakMiB = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
		rows := strings.NewReplacer("CREATE TABLE\n", "").Replace(out.String())
		var err error
		if best.rows, err = csv.NewReader(strings.NewReader(rows)).ReadAll(); err != nil {
			return best, err
		}
		best.rows = best.rows[min(1, len(best.rows)):]
	}
	return best, nil
}

// duckdbProgram reads a task and prints what came of it: its time is that of the query alone.
const duckdbProgram = `
import duckdb, json, sys, time
task = json.load(sys.stdin)
db = duckdb.connect(config={"threads": task["threads"]})
db.execute("SET enable_progress_bar = false")
for t in task["tables"]:
    db.execute(f"CREATE VIEW {t} AS SELECT * FROM read_parquet('{task['dir']}/{t}.parquet')")
best, cpu = None, None
for _ in range(task["runs"]):
    began, used = time.perf_counter(), time.process_time()
    rows = db.execute(task["query"]).fetchall()
    took, used = time.perf_counter() - began, time.process_time() - used
    if best is None or took < best:
        best, cpu = took, used
print(json.dumps({"seconds": best, "cpu": cpu, "rows": [["" if v is None else str(v) for v in r] for r in rows]}))
`

func (r *runCmd) duckdb(ctx context.Context, text string) (measure, error) {
	task, err := json.Marshal(map[string]any{"threads": r.Threads, "dir": r.Data, "runs": r.Runs, "query": text,
		"tables": []string{"region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"}})
	if err != nil {
		return measure{}, err
	}
	cmd := exec.CommandContext(ctx, r.Python, "-c", duckdbProgram)
	cmd.Stdin = bytes.NewReader(task)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return measure{}, fmt.Errorf("DuckDB: %w", err)
	}
	var answer struct {
		Seconds float64
		CPU     float64
		Rows    [][]string
	}
	err = json.Unmarshal(out, &answer)
	return measure{seconds: answer.Seconds, cpu: answer.CPU, rows: answer.Rows}, err
}

// equal compares rows in their order. DuckDB computes quotients and averages in floating point: numbers are equal when
// they are to ten digits.
func equal(a, b [][]string) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d rows, DuckDB has %d", len(a), len(b))
	}
	for i := range a {
		for c := range a[i] {
			if c >= len(b[i]) || a[i][c] != b[i][c] && !close(a[i][c], b[i][c]) {
				return fmt.Errorf("row %d is %q, in DuckDB %q", i, a[i], b[i])
			}
		}
	}
	return nil
}

func close(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && math.Abs(x-y) <= 1e-10*max(math.Abs(x), math.Abs(y))
}
