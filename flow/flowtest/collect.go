package flowtest

import "millrace/flow"

// Collector is an Emitter that keeps what it is given.
type Collector struct{ Batches []*flow.Batch }

// Emit keeps b.
func (c *Collector) Emit(b *flow.Batch) error {
	c.Batches = append(c.Batches, b)
	return nil
}

// Rows is the rows collected so far, as text, with the op in front where it is not an insert.
func (c *Collector) Rows() []string {
	var rows []string
	for _, b := range c.Batches {
		rows = append(rows, BatchRows(b)...)
	}
	return rows
}

// Take is Rows, and forgets them.
func (c *Collector) Take() []string {
	rows := c.Rows()
	c.Release()
	return rows
}

// Release lets go of the batches.
func (c *Collector) Release() {
	for _, b := range c.Batches {
		b.Release()
	}
	c.Batches = nil
}
