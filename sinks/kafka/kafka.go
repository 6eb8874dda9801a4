// Package kafka writes a Kafka topic: connector 'kafka'. A row is a record.
//
// Records are written at least once: a batch that was sent when a connection broke is sent again. Rows of one key go
// to one partition, in order, the one that the Java client chooses; rows without a key to one partition after the
// other, a batch at a time.
//
// The columns that are stored in records make the value, by the table's format. The key is made of key.columns, or
// is a column METADATA FROM 'key' that the query writes; a NULL of a text key is no key. The record's time is a column
// METADATA FROM 'timestamp' that the query writes, else, and where that is NULL, the time of writing.
package kafka

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/internal/kafka"
	"millrace/sinks"
	"millrace/sqlerr"
	"millrace/types"
)

type connector struct{ formats []formats.Format }

// New makes the connector.
func New(fmts []formats.Format) sinks.Connector { return &connector{fmts} }

func (c *connector) Name() string { return "kafka" }

func (c *connector) Options() []catalog.OptionSpec {
	return append(kafka.Options(), formats.Specs(c.formats)...)
}

// Check finds what is wrong with a table that is to be written.
func (c *connector) Check(t *catalog.Table) error {
	if err := kafka.Check(t); err != nil {
		return err
	}
	if _, _, err := formats.Of(t, c.formats); err != nil {
		return err
	}
	if o := t.Options["delivery"]; o.Value == "exactly-once" {
		return sqlerr.Unsupported(o.Pos, "writing to Kafka exactly once", "Use delivery = 'at-least-once': after a crash some rows are written twice, which a table with a primary key, such as one of Cassandra, does not show.")
	}
	_, err := keyColumns(t)
	return err
}

// keyColumns are the positions in t.Columns that key.columns names.
func keyColumns(t *catalog.Table) ([]int, error) {
	o, ok := t.Options["key.columns"]
	if !ok {
		if f, ok := t.Options["key.format"]; ok {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, f.Pos, "option %q needs the option %q beside it", "key.format", "key.columns")
		}
		return nil, nil
	}
	var cols []int
	for _, name := range strings.Split(o.Value, ",") {
		name = strings.TrimSpace(name)
		i := t.Schema().Index(name)
		if i < 0 {
			err := sqlerr.New(sqlerr.UndefinedColumn, o.Pos, "option %q: column %q does not exist in table %q", "key.columns", name, t.Name)
			err.Hint = sqlerr.Suggest(name, t.ColumnNames())
			return nil, err
		}
		if col := t.Columns[i]; col.Metadata != "" || col.Computed != "" {
			return nil, sqlerr.New(sqlerr.InvalidDefinition, o.Pos, "option %q: column %q is not stored in records", "key.columns", name)
		}
		if slices.Contains(cols, i) {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, o.Pos, "option %q names column %q twice", "key.columns", name)
		}
		cols = append(cols, i)
	}
	if f := t.Options["key.format"]; f.Value == "text" && len(cols) > 1 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, f.Pos, "option %q: a key of %d columns cannot be 'text'", "key.format", len(cols)).
			WithHint("Use key.format = 'json', or name one column in key.columns.")
	}
	return cols, nil
}

// Accepts: a topic is a log, which has no place for changes.
func (c *connector) Accepts(*catalog.Table) sinks.Changes { return sinks.Appends }

func (c *connector) Open(ctx context.Context, w *sinks.Write, mem memory.Allocator) (sinks.Sink, error) {
	if err := c.Check(w.Table); err != nil {
		return nil, err
	}
	f, opts, err := formats.Of(w.Table, c.formats)
	if err != nil {
		return nil, err
	}
	s := &sink{mem: mem}
	if err := s.columns(w, c.formats); err != nil {
		return nil, err
	}
	if s.enc, err = f.NewEncoder(s.layout.Schema, opts); err != nil {
		return nil, err
	}
	cluster, topic, err := openTopic(ctx, w.Table)
	if err != nil {
		return nil, err
	}
	s.out = newOutbox(cluster, topic.Partitions, settings{
		codec:  kafka.CodecOf(w.Table.Option("compression", "none")),
		linger: w.Table.DurationOption("linger", 10*time.Millisecond),
		first:  w.Index,
	})
	return s, nil
}

// openTopic connects, and makes the topic where it does not exist and the table says of how many partitions.
func openTopic(ctx context.Context, t *catalog.Table) (*kafka.Cluster, kafka.Topic, error) {
	cluster, topic, err := kafka.Open(ctx, t)
	if errors.Is(err, kafka.ErrNoTopic) {
		partitions, given := t.Options["partitions"]
		if given {
			var n, copies int64
			if n, err = number(partitions, "partitions", 32); err == nil {
				if o, ok := t.Options["replication"]; ok {
					copies, err = number(o, "replication", 16)
				}
			}
			if err == nil {
				topic, err = cluster.CreateTopic(ctx, int32(n), int16(copies))
			}
		} else {
			var e *sqlerr.Error
			if errors.As(err, &e) {
				e.Hint += " Or add the option partitions, for it to be created."
			}
		}
	}
	if err == nil && len(topic.Partitions) == 0 {
		err = sqlerr.New(sqlerr.IOError, t.Options["topic"].Pos, "topic %q has no partitions", topic.Name)
	}
	if err != nil {
		if cluster != nil {
			cluster.Close()
		}
		return nil, topic, err
	}
	return cluster, topic, nil
}

// number is an option that CheckOptions has found to be a positive number, of so many bits.
func number(o catalog.Option, name string, bits int) (int64, error) {
	n, err := strconv.ParseInt(o.Value, 10, bits)
	if err != nil {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q is too large", name, o.Value)
	}
	return n, nil
}

// columns sorts the columns of the query into those of records' values, the key and the time.
func (s *sink) columns(w *sinks.Write, fmts []formats.Format) error {
	stored := *w
	stored.Columns, stored.In = nil, nil
	s.key, s.time = -1, -1
	for i, c := range w.Columns {
		col := w.Table.Columns[c]
		switch col.Metadata {
		case "":
			s.stored = append(s.stored, i)
			stored.Columns = append(stored.Columns, c)
			stored.In = append(stored.In, w.In[i])
		case "timestamp":
			if !col.Type.Temporal() {
				return sqlerr.New(sqlerr.DatatypeMismatch, col.Pos, "metadata %q cannot be a column of type %s", "timestamp", col.Type).WithHint("Declare it as TIMESTAMPTZ or TIMESTAMP.")
			}
			s.time = i
		case "key":
			if col.Type.Kind != types.Bytes && col.Type.Kind != types.Text {
				return sqlerr.New(sqlerr.DatatypeMismatch, col.Pos, "metadata %q cannot be a column of type %s", "key", col.Type).WithHint("Declare it as BYTEA or TEXT.")
			}
			s.key = i
		default:
			return sqlerr.New(sqlerr.InvalidDefinition, col.Pos, "column %q of table %q cannot be written: the broker sets its %s", col.Name, w.Table.Name, col.Metadata).
				WithHint("Leave it out of the columns of INSERT; those of METADATA 'timestamp' and 'key' can be written.")
		}
	}
	if len(s.stored) == len(w.Columns) {
		s.stored = nil
	}
	var err error
	if s.layout, err = sinks.NewLayout(&stored); err != nil {
		return err
	}
	cols, err := keyColumns(w.Table)
	if err != nil {
		return err
	}
	if s.key >= 0 && cols != nil {
		return sqlerr.New(sqlerr.InvalidDefinition, w.Table.Options["key.columns"].Pos, "the key is written twice: by option %q and by column %q", "key.columns", w.Table.Columns[w.Columns[s.key]].Name).
			WithHint("Take one of the two out.")
	}
	if cols != nil {
		s.keys, err = newKeys(w.Table, cols, s.layout.Schema, fmts)
	}
	return err
}
