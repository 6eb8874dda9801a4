package flow

import "github.com/apache/arrow-go/v18/arrow"

// Description is a step in words: what EXPLAIN prints, and what the plan's fingerprint is made of.
type Description struct {
	Name  string // "Filter"
	Attrs []Attr
}

// Attr is one fact about a step.
type Attr struct{ Key, Value string }

// Spec is one step as the planner leaves it: plain data, nothing open.
type Spec interface{ Describe() Description }

// OperatorSpec makes one instance for each parallel task. sources.Scan and sinks.Write are the other two kinds.
type OperatorSpec interface {
	Spec
	Open(*TaskContext) (Operator, error)
}

// Node is one step of a physical plan.
type Node struct {
	ID          string // stable across restarts: state is found by it
	Spec        Spec
	Inputs      []Edge // position = port
	Schema      *arrow.Schema
	Parallelism int
}

// Mode is how rows cross from the instances of one node to those of the next.
type Mode uint8

const (
	Direct    Mode = iota // instance i to instance i: the two run in one task
	Hash                  // by the hash of Keys, to the owner of its key group
	Broadcast             // to all
	Gather                // to the one instance
)

func (m Mode) String() string { return [...]string{"direct", "hash", "broadcast", "gather"}[m] }

// Exchange is a Mode with the columns that Hash goes by.
type Exchange struct {
	Mode Mode
	Keys []int
}

// Edge is an input of a node.
type Edge struct {
	From *Node
	Exchange
}
