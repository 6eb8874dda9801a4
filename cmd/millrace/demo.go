package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/builtin"
	"millrace/catalog"
	"millrace/engine"
	"millrace/flow"
	"millrace/sinks"
	"millrace/sql"
	"millrace/types"
)

// demoCommand runs one job on an embedded broker: a generator writes bids into a topic, the job of demo.sql turns them
// into totals in another topic, and a third reads those and shows them.
type demoCommand struct {
	For     time.Duration `placeholder:"10s" help:"End by itself after this long; without it, at Ctrl-C."`
	Brokers string        `placeholder:"HOST:PORT" help:"Use this Kafka cluster instead of the embedded broker; topics with new names are made there."`
	Rate    int           `default:"10000" help:"Bids a second."`
}

//go:embed demo.sql
var demoSQL string

// generatorSQL feeds the topic; demoReader shows what came out. They are plain SQL too.
const generatorSQL = `
CREATE SOURCE generated (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, date_time TIMESTAMP)
WITH (connector = 'nexmark', event = 'bid', rate = '${RATE}', start = '${START}', out_of_order = '500ms');
CREATE SINK bids_out (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, date_time TIMESTAMP)
WITH (connector = 'kafka', brokers = '${BROKERS}', topic = '${BIDS_TOPIC}', format = 'json', partitions = '4');
INSERT INTO bids_out SELECT auction, bidder, price,
    CASE WHEN channel IN ('Google', 'Facebook', 'Baidu', 'Apple') THEN channel ELSE 'other' END, date_time FROM generated;
`

const readerSQL = `
CREATE SINK screen (window_start TIMESTAMP, channel TEXT, bids BIGINT, total DECIMAL(38, 0), low BIGINT, high BIGINT, mean DECIMAL(38, 2))
WITH (connector = 'screen');
INSERT INTO screen SELECT * FROM totals;
`

// Run starts the broker and the three jobs, and stops them in the order of the data.
func (c *demoCommand) Run(t *streams) error {
	brokers := c.Brokers
	if brokers == "" {
		b, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			return fmt.Errorf("the embedded broker did not start: %w", err)
		}
		defer b.Close()
		brokers = b.ListenAddrs()[0]
	}
	started := time.Now()
	suffix := ""
	if c.Brokers != "" {
		suffix = fmt.Sprintf("-%d", started.UnixNano())
	}
	values := map[string]string{
		"BROKERS": brokers, "BIDS_TOPIC": "demo-bids" + suffix, "TOTALS_TOPIC": "demo-totals" + suffix,
		"RATE": fmt.Sprint(c.Rate), "START": started.UTC().Format("2006-01-02T15:04:05Z"),
	}
	where := "the embedded broker at " + brokers
	if c.Brokers != "" {
		where = brokers
	}
	fmt.Fprintf(t.out, "%s\n-- %s bids a second, on %s\n\n", demoSQL, count(int64(c.Rate)), where)

	d := &demo{term: t, screen: newScreen(t.out, started)}
	var once sync.Once
	stop := make(chan struct{})
	ctx, done := interrupts(context.Background(), func() { once.Do(func() { close(stop) }) })
	defer done()
	if err := d.start(ctx, values); err != nil {
		d.stop()
		return err
	}
	var timeout <-chan time.Time
	if c.For > 0 {
		timeout = time.After(c.For)
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-tick.C:
			d.screen.draw(d.job.Progress())
		case <-timeout:
			running = false
		case <-stop:
			running = false
		case <-d.failed:
			running = false
		}
	}
	err := d.stop()
	d.screen.draw(d.job.Progress())
	p := d.job.Progress()
	fmt.Fprintf(t.out, "\nevents_in %s  rows_out %s  late %s  errors %s  in %.1f s\n",
		count(p.RowsIn), count(p.RowsOut), count(p.Dropped["late"]), count(p.BadRecords+d.errors.Load()), time.Since(started).Seconds())
	return err
}

// demo is the three jobs.
type demo struct {
	term      *streams
	screen    *screen
	generator *engine.Job
	job       *engine.Job
	reader    *engine.Job
	waits     []func() error
	failed    chan struct{} // closed when a job fails
	errors    atomic.Int64
}

func (d *demo) start(ctx context.Context, values map[string]string) error {
	d.failed = make(chan struct{})
	e, err := engine.Open(ctx, engine.Config{
		Sources: builtin.Sources(), Sinks: append(builtin.Sinks(d.term.out), d.screen),
		Lookup: func(name string) (string, bool) { v, ok := values[name]; return v, ok },
	})
	if err != nil {
		return err
	}
	for _, part := range []struct {
		sql  string
		into **engine.Job
		name string
	}{{generatorSQL, &d.generator, "generator"}, {demoSQL, &d.job, "totals"}, {readerSQL, &d.reader, "reader"}} {
		if *part.into, err = d.launch(ctx, e, part.name, part.sql); err != nil {
			return d.term.report(err, part.sql, "demo")
		}
	}
	return nil
}

// launch declares the tables of a text and starts its INSERT.
func (d *demo) launch(ctx context.Context, e *engine.Engine, name, text string) (*engine.Job, error) {
	s := e.Session()
	if err := s.Settings().Set("parallelism", "1", 0, 0); err != nil {
		return nil, err
	}
	stmts, err := s.Parse(text)
	if err != nil {
		return nil, err
	}
	var inserts []*sql.Insert
	for _, stmt := range stmts {
		if ins, ok := stmt.(*sql.Insert); ok {
			inserts = append(inserts, ins)
		} else if _, err := s.Exec(ctx, stmt); err != nil {
			return nil, err
		}
	}
	job, err := s.Job(name, inserts)
	if err != nil {
		return nil, err
	}
	if err := job.Start(ctx, engine.JobOptions{}); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		err := job.Wait()
		if err != nil && d.errors.Add(1) == 1 {
			close(d.failed)
		}
		ended <- err
	}()
	d.waits = append(d.waits, func() error { return <-ended })
	return job, nil
}

// stop ends the jobs from the source to the sink and returns the first failure.
func (d *demo) stop() error {
	var errs []error
	for i, j := range []*engine.Job{d.generator, d.job, d.reader} {
		if j == nil || i >= len(d.waits) {
			continue
		}
		j.Stop()
		if err := d.waits[i](); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

var _ sinks.Connector = (*screen)(nil)

// The screen is a sink of this command alone.

// Name is 'screen'.
func (s *screen) Name() string { return "screen" }

// Options has none.
func (s *screen) Options() []catalog.OptionSpec { return nil }

// Check finds nothing wrong.
func (s *screen) Check(*catalog.Table) error { return nil }

// Accepts appends.
func (s *screen) Accepts(*catalog.Table) sinks.Changes { return sinks.Appends }

// Open gives the screen itself.
func (s *screen) Open(_ context.Context, w *sinks.Write, _ memory.Allocator) (sinks.Sink, error) {
	return &screenSink{screen: s, schema: w.In}, nil
}

type screenSink struct {
	screen *screen
	schema types.Schema
}

func (s *screenSink) Write(_ context.Context, b *flow.Batch) error {
	for i := range b.Len() {
		cells := make([]string, len(s.schema))
		for c, col := range s.schema {
			cells[c] = string(types.AppendText(nil, b.Rec.Column(c), i, col.Type))
		}
		s.screen.add(cells)
	}
	return nil
}
func (s *screenSink) Prepare(context.Context, uint64) ([]byte, error) { return nil, nil }
func (s *screenSink) Commit(context.Context, []byte) error            { return nil }
func (s *screenSink) Abort(context.Context, []byte) error             { return nil }
func (s *screenSink) Close() error                                    { return nil }
