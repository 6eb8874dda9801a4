package sim

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sinks"
)

// topic takes rows in transactions, as Kafka does: connector 'topic'. What was prepared outlives its job; the token is
// all that it takes to commit it.
type topic struct {
	w         *world
	prepared  map[string][]string
	done      map[string]bool
	committed []string
}

func newTopic(w *world) *topic {
	return &topic{w: w, prepared: map[string][]string{}, done: map[string]bool{}}
}

func (*topic) Name() string                         { return "topic" }
func (*topic) Options() []catalog.OptionSpec        { return nil }
func (*topic) Check(*catalog.Table) error           { return nil }
func (*topic) Accepts(*catalog.Table) sinks.Changes { return sinks.Appends }
func (t *topic) Open(_ context.Context, w *sinks.Write, _ memory.Allocator) (sinks.Sink, error) {
	return &producer{topic: t, index: w.Index}, t.w.touch("topic")
}

// producer is one instance: its token is made of its number and the epoch, as the name of a transaction is.
type producer struct {
	topic *topic
	index int
	rows  []string
}

func (p *producer) Write(_ context.Context, b *flow.Batch) error {
	if err := p.topic.w.touch("topic"); err != nil {
		return err
	}
	p.rows = append(p.rows, flowtest.BatchRows(b)...)
	return nil
}

func (p *producer) Prepare(_ context.Context, epoch uint64) ([]byte, error) {
	if err := p.topic.w.touch("topic"); err != nil {
		return nil, err
	}
	token := fmt.Sprintf("%d/%d", p.index, epoch)
	if p.topic.done[token] {
		return nil, fmt.Errorf("sim: the transaction %s is prepared again though it is committed", token)
	}
	p.topic.prepared[token] = p.rows // a transaction that an earlier attempt left open is aborted by that
	p.rows = nil
	return []byte(token), p.topic.w.touch("topic")
}

func (p *producer) Commit(_ context.Context, token []byte) error {
	t := p.topic
	if err := t.w.touch("commit"); err != nil {
		return err
	}
	switch rows, ok := t.prepared[string(token)]; {
	case t.done[string(token)]:
		t.w.mark("commit repeated")
	case !ok:
		return fmt.Errorf("sim: the transaction %s is committed though there is none", token)
	default:
		t.committed = append(t.committed, rows...)
		t.done[string(token)] = true
		delete(t.prepared, string(token))
	}
	return t.w.touch("commit")
}

func (p *producer) Abort(_ context.Context, token []byte) error {
	if err := p.topic.w.touch("topic"); err != nil {
		return err
	}
	p.topic.w.mark("transaction aborted")
	if p.topic.done[string(token)] {
		return fmt.Errorf("sim: the transaction %s is aborted though it is committed", token)
	}
	delete(p.topic.prepared, string(token))
	return nil
}

func (p *producer) Close() error { return nil }

// table takes rows by their key, as Cassandra does, each at once: connector 'table'.
type table struct {
	w    *world
	keys int // the columns in front that are the key
	rows map[string]string
}

func (*table) Name() string                         { return "table" }
func (*table) Options() []catalog.OptionSpec        { return nil }
func (*table) Check(*catalog.Table) error           { return nil }
func (*table) Accepts(*catalog.Table) sinks.Changes { return sinks.Upserts }
func (t *table) Open(context.Context, *sinks.Write, memory.Allocator) (sinks.Sink, error) {
	return upserts{t}, t.w.touch("table")
}

type upserts struct{ *table }

func (u upserts) Write(_ context.Context, b *flow.Batch) error {
	for _, row := range flowtest.BatchRows(b) {
		if err := u.w.touch("table"); err != nil {
			return err
		}
		u.rows[strings.Join(strings.SplitN(row, " | ", u.keys+1)[:u.keys], " | ")] = row
	}
	return nil
}

func (u upserts) Prepare(context.Context, uint64) ([]byte, error) { return nil, u.w.touch("table") }
func (u upserts) Commit(context.Context, []byte) error            { return nil }
func (u upserts) Abort(context.Context, []byte) error             { return nil }
func (u upserts) Close() error                                    { return nil }
