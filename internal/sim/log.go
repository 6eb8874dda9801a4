package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/sources"
	"millrace/types"
)

// event is a record of a log.
type event struct {
	at     flow.Time
	noTime bool
	key    int64
	name   string
	v      int64
	noV    bool
	broken bool // it cannot be decoded
}

// eventSchema is a record's columns.
var eventSchema = types.Schema{
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "key", Type: types.Of(types.Int64)},
	{Name: "name", Type: types.Of(types.Text)},
	{Name: "v", Type: types.Of(types.Int64)},
}

// log is a topic with its partitions, as a Kafka has it: connector 'log'.
type log struct {
	w     *world
	name  string
	parts []*part
}

// part is a split: events, of which some are there by now.
type part struct {
	id     string
	events []event
	shown  int  // how many are there
	there  bool // it exists
	read   bool // somebody has asked it for rows
}

// connector finds logs by the names of tables.
type logs map[string]*log

func (logs) Name() string                  { return "log" }
func (logs) Options() []catalog.OptionSpec { return nil }
func (logs) Metadata() types.Schema        { return nil }
func (logs) Check(*catalog.Table) error    { return nil }

func (l logs) Bounded(t *catalog.Table) bool { return !l[t.Name.Table].w.endless }

func (logs) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

func (l logs) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	log := l[s.Table.Name.Table]
	return source{log, mem}, log.w.touch("log")
}

// source is a log as a job has it open.
type source struct {
	*log
	mem memory.Allocator
}

func (l source) Splits(context.Context) ([]sources.Split, error) {
	if err := l.w.touch("log"); err != nil {
		return nil, err
	}
	var all []sources.Split
	for _, i := range l.w.rng.Perm(len(l.parts)) { // in no order
		if l.parts[i].there {
			all = append(all, sources.Split{ID: l.parts[i].id})
		}
	}
	return all, nil
}

func (l source) Open(_ context.Context, s sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	if err := l.w.touch("log"); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(l.parts, func(p *part) bool { return p.id == s.ID })
	r := &reader{log: l.log, mem: l.mem, part: l.parts[i]}
	if from != "" {
		at, err := strconv.Atoi(string(from))
		if err != nil {
			return nil, err
		}
		r.at = at
	}
	return r, nil
}

func (l source) Close() error { return nil }

type reader struct {
	log  *log
	mem  memory.Allocator
	part *part
	at   int
}

func (r *reader) Position() sources.Position { return sources.Position(strconv.Itoa(r.at)) }
func (r *reader) Lag() int64                 { return int64(r.part.shown - r.at) }
func (r *reader) Close() error               { return nil }

// maxRows is the most rows that a reader gives at once.
const maxRows = 12

// Next gives a few rows of those that are there, or sometimes none though there are some.
func (r *reader) Next(context.Context) (*flow.Batch, error) {
	w := r.log.w
	if err := w.touch("log"); err != nil {
		return nil, err
	}
	r.part.read = true
	if w.reads > 0 {
		if w.reads--; w.reads == 0 {
			w.mark("read error")
			return nil, errRead
		}
	}
	switch {
	case r.at == r.part.shown && w.endless:
		return nil, nil
	case r.at == r.part.shown:
		return nil, io.EOF
	case w.chance(4):
		return nil, nil
	}
	n := min(1+w.rng.IntN(maxRows), r.part.shown-r.at)
	if i := slices.IndexFunc(r.part.events[r.at:r.at+n], func(e event) bool { return e.broken }); i == 0 {
		r.at++
		return nil, &sources.BadRecord{Where: fmt.Sprintf("%s@%d", r.part.id, r.at-1), Err: errors.New("broken")}
	} else if i > 0 {
		n = i
	}
	b := &flow.Batch{Rec: record(r.mem, r.part.events[r.at:r.at+n])}
	r.at += n
	return b, nil
}

func record(mem memory.Allocator, events []event) arrow.RecordBatch {
	rb := array.NewRecordBuilder(mem, eventSchema.Arrow())
	defer rb.Release()
	at := rb.Field(0).(*array.TimestampBuilder)
	key := rb.Field(1).(*array.Int64Builder)
	name := rb.Field(2).(*array.StringBuilder)
	v := rb.Field(3).(*array.Int64Builder)
	for _, e := range events {
		if e.noTime {
			at.AppendNull()
		} else {
			at.Append(arrow.Timestamp(e.at))
		}
		key.Append(e.key)
		name.Append(e.name)
		if e.noV {
			v.AppendNull()
		} else {
			v.Append(e.v)
		}
	}
	return rb.NewRecordBatch()
}
