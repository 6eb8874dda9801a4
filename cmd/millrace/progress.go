package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/engine"
	"millrace/flow"
	"millrace/internal/terminal"
)

// progress draws one line about a running job, over and over, where stderr is a terminal.
type progress struct {
	term    *streams
	job     *engine.Job
	started time.Time
	live    bool
	last    engine.Progress
	lastAt  time.Time
}

func newProgress(t *streams, job *engine.Job, started time.Time) *progress {
	return &progress{term: t, job: job, started: started, lastAt: started, live: terminal.Is(t.err)}
}

func (p *progress) draw() {
	if !p.live {
		return
	}
	now, s := time.Now(), p.job.Progress()
	secs := now.Sub(p.lastAt).Seconds()
	line := fmt.Sprintf("in %s (%s/s)  out %s (%s/s)  watermark %s  lag %s",
		count(s.RowsIn), count(int64(float64(s.RowsIn-p.last.RowsIn)/secs)),
		count(s.RowsOut), count(int64(float64(s.RowsOut-p.last.RowsOut)/secs)),
		watermarkText(s.Watermark), lagText(s.Lag))
	for _, reason := range sortedReasons(s.Dropped) {
		line += fmt.Sprintf("  %s %s", reason, count(s.Dropped[reason]))
	}
	if s.BadRecords > 0 {
		line += fmt.Sprintf("  bad %s", count(s.BadRecords))
	}
	if s.Epoch > 0 {
		line += fmt.Sprintf("  checkpoint %d", s.Epoch)
	}
	if width, _ := terminal.Size(p.term.err); len(line) >= width {
		line = line[:width-1]
	}
	p.term.status.Draw(line)
	p.last, p.lastAt = s, now
}

// summary is the last line of a job that did all it was asked for.
func (p *progress) summary() {
	s := p.job.Progress()
	took := time.Since(p.started)
	line := fmt.Sprintf("done: %s rows in, %s rows out", count(s.RowsIn), count(s.RowsOut))
	for _, reason := range sortedReasons(s.Dropped) {
		line += fmt.Sprintf(", %s dropped: %s", count(s.Dropped[reason]), reason)
	}
	if s.BadRecords > 0 {
		line += fmt.Sprintf(", %s bad records skipped", count(s.BadRecords))
	}
	fmt.Fprintf(p.term.err, "%s, %.1f s\n", line, took.Seconds())
}

func sortedReasons(m map[string]int64) []string {
	var out []string
	for r, n := range m {
		if n > 0 {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

func watermarkText(t flow.Time) string {
	if t == flow.MinTime {
		return "-"
	}
	return t.String()
}

func lagText(n int64) string {
	if n < 0 {
		return "?"
	}
	return count(n)
}

// count writes a number with its thousands apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
