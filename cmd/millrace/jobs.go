package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"millrace/internal/printer"
	"millrace/server"
)

// jobsCommand looks at the jobs of a server and changes their state.
type jobsCommand struct {
	List   jobsList   `cmd:"" default:"withargs" help:"All jobs."`
	Show   jobsShow   `cmd:"" help:"All that is known of a job."`
	Pause  jobsPause  `cmd:"" help:"Stop a job after a last checkpoint, until it is resumed."`
	Resume jobsResume `cmd:"" help:"Let a paused or failed job go on from its last checkpoint."`
	Cancel jobsCancel `cmd:"" help:"Stop a job for good; what it keeps is given up."`
	Logs   jobsLogs   `cmd:"" help:"Print a job's log."`
}

// jobsFlags are those of all of them.
type jobsFlags struct {
	Format string `default:"table" enum:"table,json" help:"How it is printed: ${enum}."`
	restFlags
}

// jobFlags are those of one job.
type jobFlags struct {
	Name string `arg:"" help:"The job's name."`
	jobsFlags
}

type (
	jobsList   struct{ jobsFlags }
	jobsShow   struct{ jobFlags }
	jobsPause  struct{ jobFlags }
	jobsResume struct{ jobFlags }
	jobsCancel struct{ jobFlags }
	jobsLogs   struct {
		Lines  int  `short:"n" default:"100" help:"How many of the newest lines; 0: all that are kept."`
		Follow bool `short:"f" help:"Go on with new lines until Ctrl-C."`
		jobFlags
	}
)

func jobPath(name, more string) string { return "/v1/jobs/" + url.PathEscape(name) + more }

// Run prints a line a job.
func (c *jobsList) Run(t *streams) error {
	client, err := c.open(t)
	if err != nil {
		return err
	}
	var list server.JobList
	if err := client.get(http.MethodGet, "/v1/jobs", nil, "", &list); err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(t.out, list.Jobs)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSTATE\tROWS IN\tROWS OUT\tLAG\tRESTARTS\tREASON")
	for _, j := range list.Jobs {
		lag := "unknown"
		if j.Progress.Lag != nil {
			lag = count(*j.Progress.Lag)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", safe(j.Name), j.State, count(j.Progress.RowsIn), count(j.Progress.RowsOut), lag, j.Restarts, safe(j.Reason))
	}
	return w.Flush()
}

// Run prints all that is known of a job.
func (c *jobsShow) Run(t *streams) error { return c.ask(t, http.MethodGet, "", printJob) }

// Run waits until the job has stopped.
func (c *jobsPause) Run(t *streams) error { return c.ask(t, http.MethodPost, "/pause", printState) }

// Run sets the job going.
func (c *jobsResume) Run(t *streams) error { return c.ask(t, http.MethodPost, "/resume", printState) }

// Run waits until the job has stopped.
func (c *jobsCancel) Run(t *streams) error { return c.ask(t, http.MethodDelete, "", printState) }

// ask asks something of a job and prints the answer.
func (c *jobFlags) ask(t *streams, method, more string, print func(io.Writer, server.Job) error) error {
	client, err := c.open(t)
	if err != nil {
		return err
	}
	var job server.Job
	if err := client.get(method, jobPath(c.Name, more), nil, "", &job); err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(t.out, job)
	}
	return print(t.out, job)
}

func printState(w io.Writer, j server.Job) error {
	_, err := fmt.Fprintf(w, "job %s: %s\n", safe(j.Name), j.State)
	return err
}

func printJob(out io.Writer, j server.Job) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, safe(value))
		}
	}
	p := j.Progress
	line("name", j.Name)
	line("id", j.ID)
	line("state", j.State)
	line("reason", j.Reason)
	line("sqlstate", j.SQLState)
	line("created", timeText(&j.Created))
	line("started", timeText(j.Started))
	line("ended", timeText(j.Ended))
	line("next restart", timeText(j.NextRestart))
	line("restarts", strconv.Itoa(j.Restarts))
	line("rows in", count(p.RowsIn))
	line("rows out", count(p.RowsOut))
	for _, reason := range slices.Sorted(maps.Keys(p.Dropped)) {
		line("dropped: "+reason, count(p.Dropped[reason]))
	}
	line("bad records", count(p.BadRecords))
	if p.Lag != nil {
		line("lag", count(*p.Lag))
	}
	line("watermark", timeText(p.Watermark))
	line("held back by", p.HeldBackBy)
	line("checkpoint", strconv.FormatInt(p.Checkpoint, 10))
	line("kept", count(p.StateBytes)+" bytes")
	if p.SpilledBytes > 0 {
		line("on disk", count(p.SpilledBytes)+" bytes")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(j.SQL))
	return err
}

func timeText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// Run prints lines as they are logged, where it follows until Ctrl-C.
func (c *jobsLogs) Run(t *streams) error {
	client, err := c.open(t)
	if err != nil {
		return err
	}
	line := func(l server.LogLine) error {
		if c.Format == "json" {
			return json.NewEncoder(t.out).Encode(l)
		}
		text := strings.Split(l.Text, "\n")
		for i := range text {
			text[i] = safe(text[i])
		}
		_, err := fmt.Fprintf(t.out, "%s %-5s %s\n", l.Time.UTC().Format("2006-01-02T15:04:05.000Z"), l.Level, strings.Join(text, "\n  "))
		return err
	}
	query := fmt.Sprintf("?n=%d", c.Lines)
	if !c.Follow {
		var log server.Log
		if err := client.get(http.MethodGet, jobPath(c.Name, "/logs"+query), nil, "", &log); err != nil {
			return err
		}
		for _, l := range log.Lines {
			if err := line(l); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ctx, done := interrupts(ctx, cancel)
	defer done()
	return client.follow(ctx, jobPath(c.Name, "/logs"+query+"&follow=true"), func(data []byte) error {
		var l server.LogLine
		if err := json.Unmarshal(data, &l); err != nil {
			return err
		}
		return line(l)
	})
}

// safe is a text of a server without what a terminal would take for commands.
func safe(s string) string { return string(printer.AppendLine(nil, []byte(s))) }

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
