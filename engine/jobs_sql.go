package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
)

// alterJob runs PAUSE, RESUME and CANCEL JOB.
func (s *Session) alterJob(ctx context.Context, st *sql.AlterJob) (*Result, error) {
	do := map[string]func(context.Context, string) error{
		"PAUSE": s.engine.PauseJob, "RESUME": s.engine.ResumeJob, "CANCEL": s.engine.CancelJob,
	}[st.Verb]
	err := do(ctx, st.Name.Text)
	if err != nil && !(st.IfExists && sqlerr.Code(err) == sqlerr.UndefinedObject) {
		return nil, place(err, st.Name.Pos())
	}
	return &Result{Tag: st.Verb + " JOB"}, nil
}

// showJobs lists the jobs.
func (s *Session) showJobs() *Result {
	var rows [][]string
	for _, j := range s.engine.Jobs() {
		rows = append(rows, []string{
			j.Name, string(j.State), j.Reason, strconv.Itoa(j.Restarts), strconv.FormatInt(j.Progress.RowsIn, 10),
			strconv.FormatInt(j.Progress.RowsOut, 10), timeText(j.Started), j.ID,
		})
	}
	return rowsResult("SHOW", []string{"job", "state", "reason", "restarts", "rows_in", "rows_out", "started", "id"}, rows)
}

// showJob tells all of one job, or its log.
func (s *Session) showJob(st *sql.ShowJob) (*Result, error) {
	var rows [][]string
	if st.Log {
		lines, err := s.engine.JobLog(st.Name.Text, 0)
		if err != nil {
			return nil, place(err, st.Name.Pos())
		}
		for _, l := range lines {
			rows = append(rows, []string{timeText(l.Time), l.Level.String(), l.Text})
		}
		return rowsResult("SHOW", []string{"time", "level", "line"}, rows), nil
	}
	j, err := s.engine.JobInfo(st.Name.Text)
	if err != nil {
		return nil, place(err, st.Name.Pos())
	}
	put := func(name, value string) { rows = append(rows, []string{name, value}) }
	number := func(name string, n int64) { put(name, strconv.FormatInt(n, 10)) }
	p := j.Progress
	put("job", j.Name)
	put("id", j.ID)
	put("state", string(j.State))
	put("reason", j.Reason)
	put("sqlstate", j.Code)
	put("kind", map[bool]string{true: "batch", false: "stream"}[j.Batch])
	put("created", timeText(j.Created))
	put("started", timeText(j.Started))
	put("ended", timeText(j.Ended))
	put("next restart", timeText(j.NextRestart))
	number("restarts", int64(j.Restarts))
	number("rows in", p.RowsIn)
	number("rows out", p.RowsOut)
	number("bad records", p.BadRecords)
	for _, n := range p.Nodes {
		for why, rows := range n.Dropped {
			number("rows dropped: "+why+" ("+n.Name+")", rows)
		}
	}
	number("state bytes", p.StateBytes)
	number("checkpoint", int64(p.Epoch))
	if !j.State.Rests() && p.Watermark > flow.MinTime && p.Watermark < flow.MaxTime {
		put("watermark", timeText(time.UnixMicro(int64(p.Watermark))))
	}
	for _, sp := range p.Splits {
		lag := "unknown"
		if sp.Lag >= 0 {
			lag = strconv.FormatInt(sp.Lag, 10)
		}
		put("split "+sp.Node+"/"+sp.ID, fmt.Sprintf("position %s, lag %s", sp.Position, lag))
	}
	return rowsResult("SHOW", []string{"property", "value"}, rows), nil
}

// timeText is a time to the second, empty where there is none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// insertJob has an INSERT that does not end run as a job.
func (s *Session) insertJob(ctx context.Context, ins *sql.Insert) (*Result, error) {
	if len(s.params) > 0 {
		return nil, sqlerr.Unsupported(ins.Pos(), "an INSERT that does not end, with parameters,", "It becomes a job: write the values into the statement.")
	}
	j, err := s.engine.Submit(ctx, JobSpec{Text: sql.Print(ins), Set: s.settings.differing()})
	if err != nil {
		return nil, err
	}
	return &Result{Tag: "INSERT 0 0", Notices: []string{
		fmt.Sprintf("this INSERT does not end: it runs as job %q; see SHOW JOBS, and CANCEL JOB %s", j.Name, sql.Quote(j.Name)),
	}}, nil
}
