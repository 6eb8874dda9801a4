package shell

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"millrace/flow"
	"millrace/internal/printer"
	"millrace/types"
)

// liveTable is what a stream of changes has made so far: the rows that changed last, each with how often it is there.
// It holds as many as some screens; older rows are counted and no longer known.
type liveTable struct {
	schema  types.Schema // without op
	null    string
	rows    map[string]*list.Element // by their cells
	order   *list.List               // of *liveRow, the one that changed last at the back
	count   int64                    // rows that are there
	changes int64
}

type liveRow struct {
	key   string
	cells []string
	times int64
}

// liveRows is how many rows are known.
const liveRows = 1000

func newLiveTable(schema types.Schema, null string) *liveTable {
	return &liveTable{schema: schema[1:], null: null, rows: map[string]*list.Element{}, order: list.New()}
}

// apply takes a batch of changes, whose first column says what each row does.
func (t *liveTable) apply(b *flow.Batch) {
	op := types.Of(types.Text)
	var text []byte
	for row := range b.Len() {
		t.changes++
		var key strings.Builder
		cells := make([]string, len(t.schema))
		for i, c := range t.schema {
			a := b.Rec.Column(i + 1)
			if a.IsNull(row) {
				cells[i] = t.null
				key.WriteString("n")
			} else {
				text = types.AppendText(text[:0], a, row, c.Type)
				fmt.Fprintf(&key, "%d:%s", len(text), text)
				cells[i] = string(printer.AppendLine(nil, text))
			}
		}
		switch types.AppendText(nil, b.Rec.Column(0), row, op)[0] {
		case '+':
			t.add(key.String(), cells)
		case '-':
			t.remove(key.String())
		}
	}
}

func (t *liveTable) add(key string, cells []string) {
	t.count++
	if e, ok := t.rows[key]; ok {
		e.Value.(*liveRow).times++
		t.order.MoveToBack(e)
		return
	}
	t.rows[key] = t.order.PushBack(&liveRow{key, cells, 1})
	if t.order.Len() > liveRows {
		oldest := t.order.Front()
		delete(t.rows, oldest.Value.(*liveRow).key)
		t.order.Remove(oldest)
	}
}

// remove takes one of the rows away; one that is no longer known is counted alone.
func (t *liveTable) remove(key string) {
	t.count--
	e, ok := t.rows[key]
	if !ok {
		return
	}
	if r := e.Value.(*liveRow); r.times > 1 {
		r.times--
		return
	}
	delete(t.rows, key)
	t.order.Remove(e)
}

// newest are the rows that changed last, at most so many, the oldest of them first.
func (t *liveTable) newest(most int) [][]string {
	var out [][]string
	for e := t.order.Back(); e != nil && len(out) < most; e = e.Prev() {
		r := e.Value.(*liveRow)
		for n := r.times; n > 0 && len(out) < most; n-- {
			out = append(out, r.cells)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// frame is the lines that show the table on a screen, none wider than it.
func (t *liveTable) frame(columns, lines int, status string) []string {
	rows := t.newest(max(lines-4, 1))
	widths := make([]int, len(t.schema))
	names := make([]string, len(t.schema))
	for i, c := range t.schema {
		names[i] = string(printer.AppendLine(nil, []byte(c.Name)))
		widths[i] = printer.Width([]byte(names[i]))
		for _, r := range rows {
			widths[i] = max(widths[i], printer.Width([]byte(r[i])))
		}
	}
	line := func(cells []string) string {
		var b strings.Builder
		for i, c := range cells {
			if i > 0 {
				b.WriteString("|")
			}
			fill := strings.Repeat(" ", widths[i]-printer.Width([]byte(c)))
			if t.schema[i].Type.Numeric() {
				b.WriteString(" " + fill + c + " ")
			} else {
				b.WriteString(" " + c + fill + " ")
			}
		}
		return b.String()
	}
	rule := make([]string, len(widths))
	for i, w := range widths {
		rule[i] = strings.Repeat("-", w+2)
	}
	out := []string{line(names), strings.Join(rule, "+")}
	for _, r := range rows {
		out = append(out, line(r))
	}
	out = append(out, status)
	for i := range out {
		out[i] = string(printer.Cut([]byte(strings.TrimRight(out[i], " ")), columns-1))
	}
	return out
}

// redrawEvery is how often the table is drawn while it changes.
const redrawEvery = 200 * time.Millisecond

// live shows a stream of changes as a table that is drawn over and over in its place, until Ctrl-C.
func (s *Shell) live(ctx context.Context, r *Result) error {
	t := newLiveTable(r.Schema, s.null)
	var mu sync.Mutex
	d := &drawing{out: s.Out}
	started := time.Now()
	last, lastAt := int64(0), started
	rate := 0.0
	draw := func(end string) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(lastAt) >= time.Second {
			rate = float64(t.changes-last) / now.Sub(lastAt).Seconds()
			last, lastAt = t.changes, now
		}
		columns, lines := s.width()
		status := fmt.Sprintf("%s %s, %s changes, %s/s, %.0f s. %s", Count(t.count), plural(t.count, "row"), Count(t.changes),
			Count(int64(rate)), time.Since(started).Seconds(), end)
		d.draw(t.frame(columns, lines, status), columns)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(redrawEvery)
		defer tick.Stop()
		for {
			draw("Ctrl-C ends it.")
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	err := r.Each(ctx, func(b *flow.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		t.apply(b)
		return nil
	})
	close(done)
	<-ended
	if errors.Is(context.Cause(ctx), errInterrupted) { // the way to end it
		draw("Stopped.")
		return nil
	}
	if err == nil {
		draw("It has ended.")
	}
	return err
}

func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// drawing is lines that take the place of those drawn before.
type drawing struct {
	out   io.Writer
	drawn []string
}

func (d *drawing) draw(lines []string, columns int) {
	var b bytes.Buffer
	if n := len(d.drawn); n > 0 {
		up := 0
		for _, l := range d.drawn { // a window that became narrower has broken them
			up += 1 + max(0, printer.Width([]byte(l))-1)/max(columns, 1)
		}
		fmt.Fprintf(&b, "\x1b[%dA\r", up)
	}
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	d.drawn = lines
	_, _ = d.out.Write(b.Bytes())
}
