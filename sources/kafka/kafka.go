// Package kafka reads topics: connector 'kafka'.
//
// Each partition is a split, "topic/3"; its position is the offset of the record to be read next. One goroutine a
// broker fetches for all partitions that the broker leads, and runs ahead of the readers by one answer a partition.
//
// With isolation = 'read_committed', which is what is done unless the table says otherwise, records of aborted
// transactions are left out, and those of open ones wait until they end.
package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/internal/kafka"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

type connector struct{ formats []formats.Format }

// New makes the connector.
func New(fmts []formats.Format) sources.Connector { return &connector{fmts} }

func (c *connector) Name() string { return "kafka" }

func (c *connector) Options() []catalog.OptionSpec {
	specs := append(kafka.Options(), formats.Specs(c.formats)...)
	for i := range specs {
		switch specs[i].Name {
		case "scan.start":
			specs[i].Parse = isStart
		case "scan.end":
			specs[i].Parse = isEnd
		}
	}
	return specs
}

// Metadata is what can be known about a record beside its value.
func (c *connector) Metadata() types.Schema {
	return sources.Metadata("topic", "partition", "offset", "timestamp", "key", "headers")
}

func (c *connector) Check(t *catalog.Table) error {
	if err := kafka.Check(t); err != nil {
		return err
	}
	if o := t.Options["on_error"]; o.Value == "dead_letter" {
		return sqlerr.Unsupported(o.Pos, "on_error = 'dead_letter'", "Use 'skip', which counts what it leaves out, or 'fail'.")
	}
	if err := sources.CheckMetadata(t, c.Metadata()); err != nil {
		return err
	}
	_, _, err := formats.Of(t, c.formats)
	return err
}

// Bounded: a table with an end is read up to it.
func (c *connector) Bounded(t *catalog.Table) bool { return t.Option("scan.end", "none") != "none" }

// Push: only the wanted columns are decoded.
func (c *connector) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

func (c *connector) Open(ctx context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	t := s.Table
	f, opts, err := formats.Of(t, c.formats)
	if err != nil {
		return nil, err
	}
	start, err := optionOf(t, "scan.start", "earliest", parseStart)
	if err != nil {
		return nil, err
	}
	end, err := optionOf(t, "scan.end", "none", parseEnd)
	if err != nil {
		return nil, err
	}
	cluster, topic, err := kafka.Open(ctx, t)
	if err != nil {
		if cluster != nil {
			cluster.Close()
		}
		return nil, err
	}
	src := newSource(s, cluster, topic, mem)
	src.format, src.opts, src.start = f, opts, start
	if end == noEnd && s.Bounded {
		end = kafka.Latest
	}
	if end != noEnd {
		if src.ends, err = src.offsets(ctx, end, src.first...); err != nil {
			return nil, errors.Join(err, src.Close())
		}
	}
	return src, nil
}

// optionOf reads an option that Options checks; a table that was made elsewhere may not have been checked.
func optionOf[T any](t *catalog.Table, name, def string, parse func(string) (T, error)) (T, error) {
	v, err := parse(t.Option(name, def))
	if err != nil {
		o := t.Options[name]
		return v, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q %v", name, o.Value, err)
	}
	return v, nil
}

func splitID(topic string, partition int32) string { return fmt.Sprintf("%s/%d", topic, partition) }
