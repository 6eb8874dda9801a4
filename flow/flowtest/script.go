package flowtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/flow"
)

// stepKind is what a line of a script makes happen.
type stepKind uint8

const (
	rows      stepKind = iota // a batch of rows
	watermark                 // a watermark on a port
	end                       // MaxTime on every port
	flush                     // Flush, as before an idle input
	barrier                   // Flush and Snapshot
	recovery                  // Close, and Open from the last barrier's snapshot, or from nothing
	pause                     // time passes: timers run
)

// words are the lines that are no rows. The second word, where there is one, is their argument.
var words = map[string]stepKind{
	"watermark": watermark, "end": end, "flush": flush, "barrier": barrier, "recover": recovery, "after": pause,
}

// step is one event of a script and what must come of it.
type step struct {
	line  int // in the script, from 1
	kind  stepKind
	port  int
	rows  []row
	time  flow.Time     // watermark
	wait  time.Duration // pause
	want  []string      // rows in output order, "watermark 12"
	drops []drop
}

type row struct {
	op   flow.Op
	text string
	mark flow.Time
	has  bool // a mark
}

// drop is a number of rows dropped for a reason since the script began.
type drop struct {
	reason string
	rows   int64
}

var ops = map[string]flow.Op{"+": flow.Insert, "-": flow.Delete, "u-": flow.UpdateBefore, "u+": flow.UpdateAfter}

// parse reads a script; Check's comment says what is in it.
func parse(script string) ([]step, error) {
	var steps []step
	for i, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var err error
		if out, ok := strings.CutPrefix(line, ">"); ok {
			if len(steps) == 0 {
				return nil, fmt.Errorf("line %d expects %q of nothing", i+1, line)
			}
			err = steps[len(steps)-1].expect(strings.TrimSpace(out))
		} else {
			steps, err = parseEvent(steps, line, i+1)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", i+1, line, err)
		}
	}
	return steps, nil
}

func parseEvent(steps []step, line string, number int) ([]step, error) {
	s := step{line: number}
	if rest, ok := strings.CutPrefix(line, "["); ok {
		port, after, found := strings.Cut(rest, "]")
		n, err := strconv.Atoi(port)
		if err != nil || !found {
			return nil, fmt.Errorf("%q is not a port", port)
		}
		s.port, line = n, strings.TrimSpace(after)
	}
	word, arg, _ := strings.Cut(line, " ")
	kind, ok := words[word]
	if !ok {
		r, err := parseRow(line)
		if n := len(steps); err == nil && n > 0 && steps[n-1].takes(s.port) {
			steps[n-1].rows = append(steps[n-1].rows, r)
			return steps, nil
		}
		s.rows = []row{r}
		return append(steps, s), err
	}
	var err error
	switch s.kind = kind; kind {
	case watermark:
		s.time, err = parseTime(strings.TrimSpace(arg))
	case pause:
		s.wait, err = time.ParseDuration(strings.TrimSpace(arg))
	}
	return append(steps, s), err
}

// takes reports whether a row of that port may join the step's batch.
func (s *step) takes(port int) bool {
	return s.kind == rows && s.port == port && len(s.want) == 0 && len(s.drops) == 0
}

// parseRow reads "u+ 1 | a @ 12": an op, cells, and the watermark of its split before the row.
func parseRow(line string) (row, error) {
	r := row{text: line}
	if mark, rest, ok := strings.Cut(line, " "); ok {
		if op, ok := ops[mark]; ok {
			r.op, r.text = op, strings.TrimSpace(rest)
		}
	}
	at := strings.LastIndex(r.text, "@")
	if at < 0 || strings.Contains(r.text[at:], "'") {
		return r, nil
	}
	mark, err := parseTime(strings.TrimSpace(r.text[at+1:]))
	r.text, r.mark, r.has = strings.TrimSpace(r.text[:at]), mark, true
	return r, err
}

// expect adds a line of output to a step.
func (s *step) expect(line string) error {
	word, arg, _ := strings.Cut(line, " ")
	switch word {
	case "watermark":
		t, err := parseTime(strings.TrimSpace(arg))
		s.want = append(s.want, "watermark "+timeText(t))
		return err
	case "dropped":
		count, reason, _ := strings.Cut(arg, " ")
		n, err := strconv.ParseInt(count, 10, 64)
		s.drops = append(s.drops, drop{reason, n})
		return err
	case "+":
		line = strings.TrimSpace(arg)
	}
	s.want = append(s.want, line)
	return nil
}

// joined is the script with neighbouring batches of a port made one, so that they can be cut anywhere.
func joined(steps []step) []step {
	var out []step
	for _, s := range steps {
		if n := len(out); n > 0 && s.kind == rows && out[n-1].kind == rows && out[n-1].port == s.port {
			last := &out[n-1]
			last.rows = append(slices.Clip(last.rows), s.rows...)
			last.want = append(slices.Clip(last.want), s.want...)
			if len(s.drops) > 0 {
				last.drops = s.drops
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// mentionsWatermarks reports whether a script says which watermarks come out: then they must be those.
func mentionsWatermarks(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool {
		return slices.ContainsFunc(s.want, func(w string) bool { return strings.HasPrefix(w, "watermark ") })
	})
}
