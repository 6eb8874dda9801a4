package run

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/checkpoint"
	"millrace/flow"
)

// stateReader gives an operator the state of the key groups that it owns now.
type stateReader struct {
	from               *checkpoint.Checkpoint
	node               string
	index, parallelism int
	run                *Run
}

func (s *stateReader) Scan(table string, fn func(arrow.RecordBatch) error) error {
	mine := func(group int) bool { return flow.Owner(group, s.parallelism) == s.index }
	return s.from.Scan(s.node, table, mine, s.run.mem, fn)
}

// snapshot is a checkpoint in the making: what each task said.
type snapshot struct {
	manifest *checkpoint.Manifest
	state    []checkpoint.Record
	tokens   []held
}

// held is a token and the task whose sink gave it.
type held struct {
	task  *task
	token []byte
}

// assemble puts what the tasks said together. early are tokens of tasks from before what they said.
func (r *Run) assemble(epoch uint64, said map[*task]ack, early map[*task][]byte, done bool) *snapshot {
	m := &checkpoint.Manifest{
		Epoch: epoch, Job: r.cfg.Name, Created: r.cfg.Now().UTC(), Done: done, Plan: r.fingerprint(),
		Splits: map[string]map[string]checkpoint.Split{}, Marks: map[string][]flow.Time{}, Sinks: map[string][][]byte{},
	}
	s := &snapshot{manifest: m}
	for _, o := range r.sources {
		m.Splits[o.node.ID] = map[string]checkpoint.Split{}
	}
	for _, t := range r.tasks { // in their order, so that equal runs write equal files
		a := said[t]
		head, last := t.nodes[0].ID, t.last().ID
		for id, sp := range a.split {
			m.Splits[head][id] = sp
		}
		if marks, ok := m.Marks[head]; !ok {
			m.Marks[head] = slices.Clone(a.ports)
		} else {
			for port, w := range a.ports {
				marks[port] = min(marks[port], w)
			}
		}
		s.state = append(s.state, a.state...)
		m.Sinks[last] = append(m.Sinks[last], t.uncommitted()...)
		for _, token := range [][]byte{early[t], a.token} {
			if token != nil {
				m.Sinks[last] = append(m.Sinks[last], token)
				s.tokens = append(s.tokens, held{t, token})
			}
		}
	}
	for _, o := range r.sources {
		for id, sp := range o.gone {
			if _, back := m.Splits[o.node.ID][id]; !back {
				m.Splits[o.node.ID][id] = sp
			}
		}
	}
	slices.SortStableFunc(s.state, func(a, b checkpoint.Record) int {
		if c := strings.Compare(a.Node, b.Node); c != 0 {
			return c
		}
		if c := strings.Compare(a.Table, b.Table); c != 0 {
			return c
		}
		return a.Group - b.Group
	})
	return s
}
