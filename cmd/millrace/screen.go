package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"millrace/engine"
	"millrace/flow"
	"millrace/internal/terminal"
)

// screen shows the windows that closed last and how the job is doing: over and over in the same place on a terminal,
// as plain lines elsewhere.
type screen struct {
	out     io.Writer
	live    bool
	started time.Time

	mu    sync.Mutex
	rows  [][]string // the newest last
	fresh int        // rows that came since the last draw
	drawn int        // lines on the terminal
	last  time.Time
}

var screenHeader = []string{"window_start", "channel", "bids", "total", "low", "high", "mean"}

// screenRows is how many rows a terminal shows.
const screenRows = 15

func newScreen(out io.Writer, started time.Time) *screen {
	return &screen{out: out, live: terminal.Is(out), started: started}
}

func (s *screen) add(row []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, row)
	s.fresh++
	if keep := max(screenRows, s.fresh); len(s.rows) > keep {
		s.rows = s.rows[len(s.rows)-keep:]
	}
}

// draw shows the state of the job.
func (s *screen) draw(p engine.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live {
		s.lines(p)
		return
	}
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	shown := s.rows[max(0, len(s.rows)-screenRows):]
	lines := []string{format(screenHeader)}
	for i := range screenRows {
		if i < len(shown) {
			lines = append(lines, format(shown[i]))
		} else {
			lines = append(lines, "")
		}
	}
	lines = append(lines, "", s.status(p))
	for _, l := range lines {
		b.WriteString("\r\x1b[K" + l + "\n")
	}
	s.drawn, s.fresh = len(lines), 0
	fmt.Fprint(s.out, b.String())
}

// lines prints what is new, and the state of the job every other second.
func (s *screen) lines(p engine.Progress) {
	if s.drawn == 0 {
		fmt.Fprintln(s.out, format(screenHeader))
		s.drawn = 1
	}
	for _, row := range s.rows[len(s.rows)-s.fresh:] {
		fmt.Fprintln(s.out, format(row))
	}
	s.fresh = 0
	if now := time.Now(); now.Sub(s.last) >= 2*time.Second {
		s.last = now
		fmt.Fprintln(s.out, s.status(p))
	}
}

func (s *screen) status(p engine.Progress) string {
	behind := "-"
	if p.Watermark != flow.MinTime && p.Watermark != flow.MaxTime {
		behind = time.Since(time.UnixMicro(int64(p.Watermark))).Round(10 * time.Millisecond).String()
	}
	return fmt.Sprintf("%5.1f s  rows in %s  out %s  late %s  watermark behind the clock %s  lag %s",
		time.Since(s.started).Seconds(), count(p.RowsIn), count(p.RowsOut), count(p.Dropped["late"]), behind, lagText(p.Lag))
}

// format lays a row out in columns: the two names to the left, the numbers to the right.
func format(row []string) string {
	var b strings.Builder
	for i, cell := range row {
		switch i {
		case 0:
			fmt.Fprintf(&b, "%-20s", cell)
		case 1:
			fmt.Fprintf(&b, " %-9s", cell)
		default:
			fmt.Fprintf(&b, " %14s", cell)
		}
	}
	return b.String()
}
