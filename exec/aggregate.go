package exec

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Phase says which part of an aggregate a step does.
type Phase uint8

const (
	Complete Phase = iota // rows to results
	Partial               // rows to states, in the task that has the rows
	Final                 // states to results, at the owner of the key
)

// Aggregate groups rows by their keys, whatever their order, and gives a row a group when the input has ended. Without
// keys all rows are one group, which there is even if there are no rows; Complete and Final then have one instance.
//
// Partial gives what it has when it holds many groups, and when it is flushed: Final merges it. Complete takes updates
// and deletes, where its aggregates do; a group that has no row left is none. Partial does not: it would give groups of
// which Final could not know that they have no row.
type Aggregate struct {
	Keys  []int       // columns of In
	Aggs  []agg.Bound // over columns of In; a Final finds their states behind the keys
	In    types.Schema
	Out   types.Schema // the keys, then the result of each of Aggs, or for Partial its state
	Phase Phase
}

// Describe is the step in words.
func (s Aggregate) Describe() flow.Description {
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		keys[i] = s.In[k].Name
	}
	calls := make([]string, len(s.Aggs))
	for i := range s.Aggs {
		calls[i] = s.call(i)
	}
	name := [...]string{"Aggregate", "PartialAggregate", "FinalAggregate"}[s.Phase]
	return flow.Description{Name: name, Attrs: []flow.Attr{
		{Key: "keys", Value: "[" + strings.Join(keys, ", ") + "]"},
		{Key: "aggregates", Value: "[" + strings.Join(calls, ", ") + "]"},
	}}
}

// call is an aggregate as SQL has it; behind a partial one only its result's name is known.
func (s Aggregate) call(i int) string {
	a := s.Aggs[i]
	if s.Phase == Final {
		return s.Out[len(s.Keys)+i].Name
	}
	args := make([]string, len(a.Args))
	for i, c := range a.Args {
		args[i] = s.In[c].Name
	}
	text := a.Signature(args)
	if a.Filter >= 0 {
		text += " FILTER (WHERE " + s.In[a.Filter].Name + ")"
	}
	return text
}

// width is the number of columns that the spec's parts ask of its schema.
func (s Aggregate) width(states bool) int {
	n := len(s.Keys)
	for _, a := range s.Aggs {
		if states {
			n += len(a.State)
		} else {
			n++
		}
	}
	return n
}

// Open makes an instance, which has the groups that a snapshot has.
func (s Aggregate) Open(tc *flow.TaskContext) (flow.Operator, error) {
	name := s.Describe().Name
	if len(s.Out) != s.width(s.Phase == Partial) || s.Phase == Final && len(s.In) != s.width(true) {
		return nil, sqlerr.New(sqlerr.Internal, 0, "%s: %d keys and %d aggregates do not make the columns %v of %v", name, len(s.Keys), len(s.Aggs), s.Out.Names(), s.In.Names())
	}
	if len(s.Keys) == 0 && s.Phase != Partial {
		if err := alone(name, tc); err != nil {
			return nil, err
		}
	}
	a := &aggregate{Aggregate: s, account: account{tc: tc, name: "GROUP BY"}, out: s.Out.Arrow(), state: s.stateSchema().Arrow()}
	a.open()
	a.grow()
	if err := a.restore(); err != nil {
		_ = a.Close() // the error of restore says more
		return nil, err
	}
	return a, nil
}

// stateSchema is the columns of a snapshot: the keys, the state of each aggregate, the number of rows.
func (s Aggregate) stateSchema() types.Schema {
	var out types.Schema
	for _, k := range s.Keys {
		out = append(out, s.In[k])
	}
	for i, a := range s.Aggs {
		for _, t := range a.State {
			out = append(out, types.Column{Name: s.call(i), Type: t})
		}
	}
	return append(out, types.Column{Name: "rows", Type: types.Of(types.Int64)})
}

const (
	groupsTable = "groups"
	endedTable  = "ended"

	// partialBytes is how much memory a Partial may hold before it gives what it has.
	partialBytes = 32 << 20
	// probeRows is the number of rows after which a Partial that has more than three groups for four rows gives what it
	// has: it does not reduce, and a small table stays in the processor's caches.
	probeRows = 4 * flow.BatchRows
)

type aggregate struct {
	Aggregate
	account
	out, state *arrow.Schema
	groups     *agg.Groups
	accs       []agg.Accumulator
	rows       []int64 // put into each group, less those taken back; those of a Final are partial groups
	input      int64   // rows put in since the last reset
	ended      bool    // the one group of no keys is out
	disk       *aggregateDisk
	giving     bool     // the input has ended, and the groups come out:
	left       []uint32 // those that have not

	feeder agg.Feeder
	keys   []arrow.Array
	hashes []uint64
	ids    []uint32
	signs  []int8
}

func (a *aggregate) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	a.signs = signs(b.Ops, a.signs[:0])
	if a.signs != nil && a.Phase != Complete {
		return noUpdates("GROUP BY in two phases")
	}
	cols := b.Rec.Columns()
	a.find(cols, a.Keys, b.Len())
	if a.Phase == Final {
		if err := a.merge(cols[len(a.Keys):]); err != nil {
			return err
		}
	} else {
		for i := range a.Aggs {
			if err := a.feeder.Update(a.tc.Mem, &a.Aggs[i], a.accs[i], a.ids, cols, a.signs); err != nil {
				return err
			}
		}
	}
	a.count(a.signs)
	if fits, err := a.report(); err != nil {
		return err
	} else if !fits {
		return a.makeRoom(out)
	}
	if a.Phase == Partial && (a.held > partialBytes || a.input >= probeRows && int64(a.groups.Len()) > a.input/4*3) {
		return a.Flush(out)
	}
	return nil
}

// find numbers the groups of n rows in ids.
func (a *aggregate) find(cols []arrow.Array, keys []int, n int) {
	a.keys = a.keys[:0]
	for _, k := range keys {
		a.keys = append(a.keys, cols[k])
	}
	a.hashes = agg.HashColumns(a.keys, slices.Grow(a.hashes[:0], n)[:n])
	a.ids = a.groups.IDs(a.keys, a.hashes, a.ids)
	a.grow()
	a.input += int64(n)
}

// grow makes all groups known to the accumulators.
func (a *aggregate) grow() {
	n := a.groups.Len()
	for _, acc := range a.accs {
		acc.Grow(n)
	}
	for len(a.rows) < n {
		a.rows = append(a.rows, 0)
	}
}

// merge puts states in, which stand one behind the other.
func (a *aggregate) merge(states []arrow.Array) error {
	for i, acc := range a.accs {
		n := len(a.Aggs[i].State)
		if err := acc.Merge(a.ids, states[:n]); err != nil {
			return err
		}
		states = states[n:]
	}
	return nil
}

func (a *aggregate) count(sign []int8) {
	if sign == nil {
		for _, id := range a.ids {
			a.rows[id]++
		}
		return
	}
	for i, id := range a.ids {
		a.rows[id] += int64(sign[i])
	}
}

// report reserves what the groups take. False: it is too much, and they may go to disk, or behind if they are Partial.
func (a *aggregate) report() (bool, error) {
	bytes := a.groups.Bytes() + int64(cap(a.rows))*8
	for _, acc := range a.accs {
		bytes += acc.Bytes()
	}
	if len(a.Keys) == 0 {
		return true, a.hold(bytes, int64(a.groups.Len()))
	}
	return a.fits(bytes, int64(a.groups.Len()))
}

// makeRoom gives up the groups for which there is no memory.
func (a *aggregate) makeRoom(out flow.Emitter) error {
	if a.Phase != Partial {
		return a.spill()
	}
	if err := a.Flush(out); err != nil {
		return err
	}
	return a.renew()
}

// renew forgets the groups and their memory.
func (a *aggregate) renew() error {
	a.drop()
	a.open()
	a.rows, a.input, a.left = nil, 0, nil
	a.grow()
	return a.hold(0, 0)
}

// open makes an empty set of groups.
func (a *aggregate) open() {
	var keys []types.Type
	for _, k := range a.Keys {
		keys = append(keys, a.In[k].Type)
	}
	a.groups = agg.NewGroups(keys, a.tc.Mem)
	for _, b := range a.Aggs {
		a.accs = append(a.accs, b.New(a.tc.Mem))
	}
}

// drop lets go of the groups.
func (a *aggregate) drop() {
	a.groups.Release()
	for _, acc := range a.accs {
		acc.Release()
	}
	a.accs = nil
}

// Flush gives what a Partial holds, so that a snapshot and an idle input need not wait for it.
func (a *aggregate) Flush(out flow.Emitter) error {
	if a.Phase != Partial || a.input == 0 {
		return nil
	}
	if err := a.emit(a.present(), out); err != nil {
		return err
	}
	return a.reset()
}

func (a *aggregate) reset() error {
	a.groups.Reset()
	for _, acc := range a.accs {
		acc.Reset()
	}
	a.rows, a.input = a.rows[:0], 0
	a.grow()
	fits, err := a.report()
	if err == nil && !fits {
		err = a.renew()
	}
	return err
}

// Watermark holds the output's back until the groups are out.
func (a *aggregate) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if a.Phase == Partial {
		return t, a.Flush(out)
	}
	for more := true; more; {
		var err error
		if more, err = a.Resume(true, out); err != nil {
			return t, err
		}
	}
	a.ended, a.giving = len(a.Keys) == 0, false
	return t, a.reset()
}

// Resume gives some of the groups when the input has ended.
func (a *aggregate) Resume(ended bool, out flow.Emitter) (bool, error) {
	if !ended || a.ended || a.Phase == Partial {
		return false, nil
	}
	if !a.giving {
		a.giving = true
		if a.disk != nil {
			return true, a.disk.begin(a)
		}
		a.left = a.present()
		return true, nil
	}
	if len(a.left) == 0 {
		if a.disk == nil {
			return false, nil
		}
		return a.disk.step(a)
	}
	n := min(len(a.left), chunks*flow.BatchRows)
	err := a.emit(a.left[:n], out)
	a.left = a.left[n:]
	return true, err
}

// present lists the groups that have a row.
func (a *aggregate) present() []uint32 {
	var ids []uint32
	for id, rows := range a.rows {
		if rows != 0 || len(a.Keys) == 0 {
			ids = append(ids, uint32(id))
		}
	}
	return ids
}

// emit gives groups, a batch at a time.
func (a *aggregate) emit(ids []uint32, out flow.Emitter) error {
	for len(ids) > 0 {
		n := min(flow.BatchRows, len(ids))
		cols, err := a.columns(ids[:n], a.Phase == Partial)
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: newRecord(a.out, cols, n)}); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// columns is the keys of groups and their results, or their states.
func (a *aggregate) columns(ids []uint32, states bool) ([]arrow.Array, error) {
	cols := a.groups.Keys(ids)
	for _, acc := range a.accs {
		var more []arrow.Array
		var err error
		if states {
			more, err = acc.State(ids)
		} else {
			more = make([]arrow.Array, 1)
			more[0], err = acc.Result(ids)
		}
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, more...)
	}
	return cols, nil
}

// Snapshot writes the groups, and whether the one of no keys is out.
func (a *aggregate) Snapshot(w flow.StateWriter) error {
	if a.ended {
		return putNumber(w, a.tc.Mem, endedTable, 1)
	}
	if a.input == 0 {
		return nil
	}
	return putByKeyGroup(w, groupsTable, a.groups.Hashes(), a.states)
}

// states is groups as a snapshot has them.
func (a *aggregate) states(ids []uint32) (arrow.RecordBatch, error) {
	cols, err := a.columns(ids, true)
	if err != nil {
		return nil, err
	}
	rows := array.NewInt64Builder(a.tc.Mem)
	defer rows.Release()
	for _, id := range ids {
		rows.Append(a.rows[id])
	}
	return newRecord(a.state, append(cols, rows.NewArray()), len(ids)), nil
}

func (a *aggregate) restore() error {
	ended, err := getNumber(a.tc, endedTable)
	if err != nil || a.tc.State == nil {
		return err
	}
	a.ended = ended != 0
	return a.tc.State.Scan(groupsTable, func(rec arrow.RecordBatch) error {
		if err := a.put(rec); err != nil {
			return err
		}
		_, err := a.report()
		return err
	})
}

// put merges groups in that states wrote.
func (a *aggregate) put(rec arrow.RecordBatch) error {
	keys := make([]int, len(a.Keys))
	for i := range keys {
		keys[i] = i
	}
	cols := rec.Columns()
	a.find(cols, keys, int(rec.NumRows()))
	if err := a.merge(cols[len(keys) : len(cols)-1]); err != nil {
		return err
	}
	for i, n := range cols[len(cols)-1].(*array.Int64).Int64Values() {
		a.rows[a.ids[i]] += n
	}
	return nil
}

func (a *aggregate) Close() error {
	a.drop()
	a.close()
	return a.disk.close()
}
