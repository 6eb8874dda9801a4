// Package flow defines what moves through a running query and who moves it. It holds no logic.
package flow

import "github.com/apache/arrow-go/v18/arrow"

// BatchRows is the number of rows that sources and operators aim at in a batch.
const BatchRows = 8192

// Op says what a row does to the relation it belongs to.
type Op uint8

const (
	Insert Op = iota
	UpdateBefore
	UpdateAfter
	Delete
)

func (o Op) String() string { return [...]string{"+I", "-U", "+U", "-D"}[o] }

// Batch is a set of rows of one schema, a few thousand at most.
//
// Who owns it: what you are given is borrowed for the call; what you emit is given away.
type Batch struct {
	Rec arrow.RecordBatch
	Ops []Op // one a row; nil when every row is an Insert
	// Marks is the watermark of its split before each row, one a row; nil unless a row of the batch is behind
	// that watermark. Whoever drops rows of a batch drops their marks with them.
	Marks []Time
}

// Len is the number of rows.
func (b *Batch) Len() int { return int(b.Rec.NumRows()) }

// Retain adds a reference to the rows.
func (b *Batch) Retain() { b.Rec.Retain() }

// Release gives a reference back.
func (b *Batch) Release() { b.Rec.Release() }
