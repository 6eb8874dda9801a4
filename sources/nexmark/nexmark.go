// Package nexmark is the connector 'nexmark': the bids, auctions or persons of the Nexmark benchmark, generated.
package nexmark

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/internal/nexmark"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// column is one column of an event: one of the two functions makes its values.
type column struct {
	name string
	kind types.Kind
	num  func(g *nexmark.Generator, n int64) int64
	text func(g *nexmark.Generator, buf []byte, n int64) []byte
}

func number(name string, kind types.Kind, f func(*nexmark.Generator, int64) int64) column {
	return column{name: name, kind: kind, num: f}
}

func text(name string, f func(*nexmark.Generator, []byte, int64) []byte) column {
	return column{name: name, kind: types.Text, text: f}
}

// events are the kinds of events with their columns.
var events = map[string][]column{
	"bid": {
		number("auction", types.Int64, (*nexmark.Generator).Auction), number("bidder", types.Int64, (*nexmark.Generator).Bidder),
		number("price", types.Int64, (*nexmark.Generator).Price), text("channel", (*nexmark.Generator).AppendChannel),
		text("url", (*nexmark.Generator).AppendURL), number("date_time", types.Timestamp, (*nexmark.Generator).Time),
		text("extra", (*nexmark.Generator).AppendExtra),
	},
	"auction": {
		number("id", types.Int64, (*nexmark.Generator).NewAuction), text("item_name", (*nexmark.Generator).AppendItem),
		text("description", (*nexmark.Generator).AppendExtra), number("initial_bid", types.Int64, (*nexmark.Generator).InitialBid),
		number("reserve", types.Int64, (*nexmark.Generator).Reserve), number("date_time", types.Timestamp, (*nexmark.Generator).Time),
		number("expires", types.Timestamp, (*nexmark.Generator).Expires), number("seller", types.Int64, (*nexmark.Generator).Seller),
		number("category", types.Int64, (*nexmark.Generator).Category), text("extra", (*nexmark.Generator).AppendExtra),
	},
	"person": {
		number("id", types.Int64, (*nexmark.Generator).Person), text("name", (*nexmark.Generator).AppendName),
		text("email_address", (*nexmark.Generator).AppendEmail), text("city", (*nexmark.Generator).AppendCity),
		text("state", (*nexmark.Generator).AppendState), number("date_time", types.Timestamp, (*nexmark.Generator).Time),
		text("extra", (*nexmark.Generator).AppendExtra),
	},
}

// eventRate is how many events a second of event time has where no rate paces them.
const eventRate = 10_000

type connector struct{}

// New makes the connector.
func New() sources.Connector { return connector{} }

func (connector) Name() string { return "nexmark" }

func (connector) Options() []catalog.OptionSpec {
	return []catalog.OptionSpec{
		{Name: "event", Default: "bid", Doc: "Which events: 'bid', 'auction' or 'person'.", Parse: catalog.OneOf("bid", "auction", "person")},
		{Name: "events", Default: "0", Doc: "How many; 0: they never end.", Parse: isCount},
		{Name: "rate", Default: "0", Doc: "Events a second by the wall clock; 0: as fast as they are read, 10,000 to a second of event time.", Parse: isRate},
		{Name: "seed", Default: "1", Doc: "What is drawn: equal seeds give equal events.", Parse: catalog.IsPositiveInt},
		{Name: "out_of_order", Default: "0s", Doc: "How far behind its place an event's time may be.", Parse: catalog.IsDuration},
		{Name: "start", Default: "2026-01-01T00:00:00Z", Doc: "The time of the first event.", Parse: isTime},
		{Name: "watermark.idle_timeout", Default: "10s", Doc: "After how long without events the watermark of others goes on.", Parse: catalog.IsDuration},
	}
}

func isCount(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 {
		return fmt.Errorf("is not a whole number from 0 on")
	}
	return nil
}

// maxRate keeps the products of a rate and a time in 64 bits.
const maxRate = 1_000_000_000

func isRate(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 || n > maxRate {
		return fmt.Errorf("is not a whole number from 0 to %d", maxRate)
	}
	return nil
}

func isTime(s string) error {
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return fmt.Errorf("is not a time such as '2026-01-01T00:00:00Z'")
	}
	return nil
}

func (connector) Metadata() types.Schema { return nil }

// Check finds columns that the event does not have, or has in another type.
func (connector) Check(t *catalog.Table) error {
	_, err := columnsOf(t)
	return err
}

// columnsOf gives the column of the event that each of the table's columns is.
func columnsOf(t *catalog.Table) ([]column, error) {
	event := t.Option("event", "bid")
	out := make([]column, len(t.Columns))
	var names []string
	for _, c := range events[event] {
		names = append(names, c.name)
	}
columns:
	for i, c := range t.Columns {
		if c.Computed != "" {
			continue
		}
		for _, have := range events[event] {
			if have.name != c.Name {
				continue
			}
			if have.kind != c.Type.Kind {
				return nil, sqlerr.New(sqlerr.DatatypeMismatch, c.Pos, "column %q of the event %q is %s, not %s", c.Name, event, have.kind, c.Type).
					WithHint("Declare it as %s.", have.kind)
			}
			out[i] = have
			continue columns
		}
		err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos, "the event %q has no column %q", event, c.Name)
		err.Hint = sqlerr.Suggest(c.Name, names)
		return nil, err
	}
	return out, nil
}

func (connector) Bounded(t *catalog.Table) bool { return integer(t, "events", 0) > 0 }

// Push produces the columns alone.
func (connector) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

func (connector) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	cols, err := columnsOf(s.Table)
	if err != nil {
		return nil, err
	}
	src := &source{schema: s.In().Arrow(), mem: mem, limit: integer(s.Table, "events", 0), rate: integer(s.Table, "rate", 0)}
	for _, c := range s.Columns {
		src.cols = append(src.cols, cols[c])
	}
	if s.Bounded && src.limit == 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "table %q never ends, so that a snapshot of it would not either", s.Table.Name.String()).
			WithHint("Give it an end with events = '1000', or read it with INSERT INTO in a stream.")
	}
	start, err := time.Parse(time.RFC3339, s.Table.Option("start", "2026-01-01T00:00:00Z"))
	if err != nil {
		return nil, err
	}
	src.gen = nexmark.Generator{
		Seed: uint64(integer(s.Table, "seed", 1)), Start: start.UnixMicro(), PerSecond: eventRate,
		Disorder: s.Table.DurationOption("out_of_order", 0).Microseconds(),
	}
	if src.rate > 0 {
		src.gen.PerSecond = src.rate
	}
	return src, nil
}

// integer reads an option that Options has checked.
func integer(t *catalog.Table, name string, def int64) int64 {
	n, err := strconv.ParseInt(t.Option(name, ""), 10, 64)
	if err != nil {
		return def
	}
	return n
}

type source struct {
	cols   []column
	schema *arrow.Schema
	mem    memory.Allocator
	gen    nexmark.Generator
	limit  int64 // 0: none
	rate   int64 // 0: not paced
}

// Splits is one: events have one order.
func (s *source) Splits(context.Context) ([]sources.Split, error) {
	return []sources.Split{{ID: "events"}}, nil
}

func (s *source) Open(_ context.Context, _ sources.Split, from sources.Position, wake func()) (sources.Reader, error) {
	r := &reader{source: s, wake: wake, began: time.Now()}
	if from != "" {
		n, err := strconv.ParseInt(string(from), 10, 64)
		if err != nil || n < 0 {
			return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "nexmark: %q is not the number of an event", string(from))
		}
		r.next = n
	}
	r.first = r.next
	return r, nil
}

func (s *source) Close() error { return nil }

type reader struct {
	*source
	wake  func()
	next  int64
	first int64     // the event that the clock started with
	began time.Time // of the pace
	timer *time.Timer
	buf   []byte
}

// tick is how often a paced reader has more events: fewer batches of more rows than if each came when it is due.
const (
	tick       = 10 * time.Millisecond
	tickSecond = int64(time.Second / tick)
)

// due is the number of the event that is not due yet at a tick.
func (r *reader) due(ticks int64) int64 {
	return r.first + ticks/tickSecond*r.rate + ticks%tickSecond*r.rate/tickSecond
}

// sleep has the reader woken at the first tick at which the next event is due.
func (r *reader) sleep() {
	ticks := ((r.next-r.first+1)*tickSecond + r.rate - 1) / r.rate
	wait := time.Until(r.began.Add(time.Duration(ticks) * tick))
	if r.timer == nil {
		r.timer = time.AfterFunc(wait, r.wake)
	} else {
		r.timer.Reset(wait)
	}
}

// Next makes the events that are due, as many as a batch holds.
func (r *reader) Next(context.Context) (*flow.Batch, error) {
	n := int64(flow.BatchRows)
	if r.limit > 0 {
		if r.next >= r.limit {
			return nil, io.EOF
		}
		n = min(n, r.limit-r.next)
	}
	if r.rate > 0 {
		if n = min(n, r.due(int64(time.Since(r.began)/tick))-r.next); n <= 0 {
			r.sleep()
			return nil, nil
		}
	}
	cols := make([]arrow.Array, len(r.cols))
	for i, c := range r.cols {
		cols[i] = r.column(c, n)
	}
	rec := array.NewRecordBatch(r.schema, cols, n)
	for _, c := range cols {
		c.Release()
	}
	r.next += n
	return &flow.Batch{Rec: rec}, nil
}

// column makes one column of the next n events.
func (r *reader) column(c column, n int64) arrow.Array {
	if c.text != nil {
		b := array.NewStringBuilder(r.mem)
		defer b.Release()
		b.Reserve(int(n))
		for i := range n {
			r.buf = c.text(&r.gen, r.buf[:0], r.next+i)
			b.BinaryBuilder.Append(r.buf)
		}
		return b.NewArray()
	}
	buf := memory.NewResizableBuffer(r.mem)
	buf.Resize(int(n) * 8)
	values := arrow.Int64Traits.CastFromBytes(buf.Bytes())
	for i := range values {
		values[i] = c.num(&r.gen, r.next+int64(i))
	}
	data := array.NewData(types.Of(c.kind).Arrow(), int(n), []*memory.Buffer{nil, buf}, nil, 0, 0)
	buf.Release()
	defer data.Release()
	return array.MakeFromData(data)
}

func (r *reader) Position() sources.Position { return sources.Position(strconv.FormatInt(r.next, 10)) }

// Lag is what is left; an endless generator has always more.
func (r *reader) Lag() int64 {
	if r.limit == 0 {
		return -1
	}
	return r.limit - r.next
}

func (r *reader) Close() error {
	if r.timer != nil {
		r.timer.Stop()
	}
	return nil
}
