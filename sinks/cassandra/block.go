package cassandra

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"millrace/flow"
	"millrace/internal/cassandra"
	"millrace/sqlerr"
)

// block is the rows of one batch as CQL's bytes. It lives until all of its writes were acknowledged.
type block struct {
	cells  []cassandra.Cells // one a column of the plan
	stamps cassandra.Cells   // of each row
	ops    []flow.Op         // nil: all are inserts
	rows   []int32           // sorted by partition, in their own order within one
	hashes []uint64          // of each row's partition key
	open   atomic.Int32      // writes that are not acknowledged, and one while they are being made

	values []int64 // scratch for the stamps
	part   []byte  // scratch for a composite partition key
}

// encode fills the block with the rows of a batch; stamp is the timestamp of the first.
func (bl *block) encode(p *plan, b *flow.Batch, stamp int64) error {
	if bl.cells == nil {
		bl.cells = make([]cassandra.Cells, len(p.columns))
	}
	for i := range p.columns {
		c, a := &p.columns[i], b.Rec.Column(i)
		if c.notNull && a.NullN() > 0 && missing(b, i, c.key) {
			return sqlerr.New(sqlerr.NotNullViolation, 0, "column %q of table %s is %s, but the query gives NULL", c.name, p.table, c.why())
		}
		if err := c.enc.Encode(&bl.cells[i], a); err != nil {
			var v *cassandra.ValueError
			if errors.As(err, &v) {
				return sqlerr.New(sqlerr.NumericOutOfRange, 0, "column %q of table %s: %s", c.name, p.table, v.Reason).Because(err)
			}
			return err
		}
	}
	bl.ops = append(bl.ops[:0], b.Ops...)
	bl.number(b.Len(), stamp)
	bl.sort(p, b.Len())
	return nil
}

// missing tells whether a row gives NULL for a column that may not have it. A row that deletes needs its key alone.
func missing(b *flow.Batch, column int, key bool) bool {
	a := b.Rec.Column(column)
	for i := range b.Len() {
		if a.IsNull(i) && (key || b.Ops == nil || b.Ops[i] == flow.Insert || b.Ops[i] == flow.UpdateAfter) {
			return true
		}
	}
	return false
}

func (c *column) why() string {
	if c.key {
		return "part of the primary key"
	}
	return "NOT NULL"
}

// number gives the rows their timestamps.
func (bl *block) number(n int, stamp int64) {
	bl.values = bl.values[:0]
	for i := range n {
		bl.values = append(bl.values, stamp+int64(i))
	}
	bl.stamps.Fixed(bl.values)
}

// sort brings the rows of each partition together. Partitions are told apart by a hash alone: two that share it are
// written in one batch, which is slower but not wrong.
func (bl *block) sort(p *plan, n int) {
	bl.rows, bl.hashes = bl.rows[:0], bl.hashes[:0]
	for i := range n {
		if p.keyParts == 1 {
			bl.hashes = append(bl.hashes, xxh3.Hash(bl.cells[p.key[0]].At(i)))
		} else {
			bl.part = bl.part[:0]
			for _, k := range p.key[:p.keyParts] {
				cell := bl.cells[k].At(i)
				bl.part = append(bl.part, byte(len(cell)>>8), byte(len(cell)))
				bl.part = append(bl.part, cell...)
			}
			bl.hashes = append(bl.hashes, xxh3.Hash(bl.part))
		}
		if len(bl.ops) == 0 || bl.ops[i] != flow.UpdateBefore {
			bl.rows = append(bl.rows, int32(i))
		}
	}
	slices.SortStableFunc(bl.rows, func(a, b int32) int {
		ha, hb := bl.hashes[a], bl.hashes[b]
		switch {
		case ha < hb:
			return -1
		case ha > hb:
			return 1
		}
		return 0
	})
}

// next takes the rows of one write off the front: rows of one partition, at most rowsMax of them and about bytesMax.
func (bl *block) next(rows []int32, rowsMax, bytesMax int) (write, rest []int32) {
	n, bytes := 0, 0
	for n < len(rows) && n < rowsMax && bl.hashes[rows[n]] == bl.hashes[rows[0]] {
		for i := range bl.cells {
			bytes += len(bl.cells[i].At(int(rows[n])))
		}
		if n > 0 && bytes > bytesMax {
			break
		}
		n++
	}
	return rows[:n], rows[n:]
}

// deleted tells whether a row deletes its key.
func (bl *block) deleted(row int32) bool { return len(bl.ops) > 0 && bl.ops[row] == flow.Delete }
