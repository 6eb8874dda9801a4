// Package cassandra writes tables of Cassandra: connector 'cassandra'.
//
// Each row is an upsert by the table's primary key, or, with the op Delete, a deletion. A NULL leaves its column as it is
// and makes no tombstone. An update's row before (op UpdateBefore) has the key of the row behind it and is passed over.
//
// Rows of one partition go in one unlogged batch, up to batch_rows of them and 64 KiB; a partition's only row goes by
// itself. A batch never spans partitions. Every row carries a timestamp of its own, rising in the order of the rows, so
// that the last row of a key wins in whatever order the writes arrive, and a repeated write changes nothing.
//
// Up to concurrency writes are on their way; Write blocks when they are. A write that times out or finds too few
// replicas is repeated with the same timestamps, waiting longer each time, until retry.timeout. Prepare waits until all
// were acknowledged, so an epoch has nothing left to commit.
//
// Values lose nothing but the microseconds of a TIMESTAMP: Cassandra keeps milliseconds.
package cassandra

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/internal/cassandra"
	"millrace/sinks"
	"millrace/sqlerr"
)

type connector struct{}

// New makes the connector.
func New() sinks.Connector { return connector{} }

func (connector) Name() string { return "cassandra" }

func (connector) Options() []catalog.OptionSpec {
	return append(cassandra.Options(),
		catalog.OptionSpec{Name: "concurrency", Default: "64", Parse: catalog.IsPositiveInt, Doc: "How many writes each parallel instance has on their way."},
		catalog.OptionSpec{Name: "batch_rows", Default: "100", Parse: catalog.IsPositiveInt, Doc: "How many rows of one partition go in one batch."},
		catalog.OptionSpec{Name: "rate_limit", Parse: catalog.IsPositiveInt, Doc: "Rows a second that each parallel instance writes at most."},
		catalog.OptionSpec{Name: "ttl", Parse: isSeconds, Doc: "How long a row lasts, in whole seconds such as '7 days'; by default the table decides."},
		catalog.OptionSpec{Name: "retry.timeout", Default: "2m", Parse: catalog.IsDuration, Doc: "How long a write that fails is repeated before the job stops."},
	)
}

type reason string

func (r reason) Error() string { return string(r) }

// isSeconds: Cassandra keeps rows for 20 years at most.
func isSeconds(s string) error {
	d, err := catalog.ParseDuration(s)
	if err != nil || d < time.Second || d > 20*365*24*time.Hour || d%time.Second != 0 {
		return reason("is not a time of whole seconds, up to 20 years")
	}
	return nil
}

// Check: the planner keeps rows of a key in order by the primary key, so the table has to say it.
func (connector) Check(t *catalog.Table) error {
	if _, err := cassandra.ConfigOf(t); err != nil {
		return err
	}
	if len(t.PrimaryKey) == 0 {
		return sqlerr.New(sqlerr.InvalidDefinition, t.Options["connector"].Pos, "table %q has no PRIMARY KEY", t.Name.String()).
			WithHint("Declare that of the table in Cassandra, partition key and clustering columns: PRIMARY KEY (…).")
	}
	return nil
}

// Accepts upserts; rows that are only added are a case of that.
func (connector) Accepts(*catalog.Table) sinks.Changes { return sinks.Upserts }

// Open connects, and compares the table of the statement with that of the cluster.
func (c connector) Open(ctx context.Context, w *sinks.Write, _ memory.Allocator) (sinks.Sink, error) {
	if err := c.Check(w.Table); err != nil {
		return nil, err
	}
	cfg, err := cassandra.ConfigOf(w.Table)
	if err != nil {
		return nil, err
	}
	session, err := cassandra.Connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	keyspace, table := w.Table.Options["keyspace"].Value, w.Table.Option("table", w.Table.Name.Table)
	remote, err := cassandra.Describe(ctx, session, cfg, keyspace, table)
	if err != nil {
		cassandra.Close(session)
		return nil, withCreate(err, w.Table, keyspace, table)
	}
	p, err := newPlan(w, remote)
	if err != nil {
		cassandra.Close(session)
		return nil, err
	}
	return newSink(session, p, w.Table), nil
}
