package agg

// Bound is an aggregate over the columns of a batch.
type Bound struct {
	Call
	Args   []int // positions of its arguments
	Filter int   // the position of a Boolean column; rows where it is not true do not count. -1: there is none
}
