package planner

import (
	"millrace/planner/logical"
)

// Rule rewrites a tree into an equal one.
type Rule struct {
	Name, Doc string
	// Apply looks at one node, whose inputs it has seen already, and tells whether it changed it.
	Apply func(*Env, logical.Node) (logical.Node, bool, error)
}

// rules in their order. They are run over the tree, bottom up, until none changes it; then joins are ordered and columns
// pruned.
var rules = []Rule{
	foldConstants,
	commonFactor,
	outerToInner,
	markToSemi,
	pushFilter,
	pushCondition,
	pushSemi,
	pushScan,
	mergeProjects,
	absorbProject,
	aggregateWindow,
	topOver,
}

// maxPasses bounds the rewriting: a tree that still changes after so many passes is a mistake in a rule.
const maxPasses = 50

// optimize makes of a tree as it was bound one that is quicker.
func (e *Env) optimize(n logical.Node) (logical.Node, error) {
	n, err := e.decorrelate(n)
	if err != nil {
		return nil, err
	}
	return e.rewrite(n)
}

func (e *Env) rewrite(n logical.Node) (logical.Node, error) {
	for range maxPasses {
		changed := false
		for _, r := range rules {
			var err error
			n, err = logical.Transform(n, func(x logical.Node) (logical.Node, error) {
				out, did, err := r.Apply(e, x)
				changed = changed || did
				return out, err
			})
			if err != nil {
				return nil, err
			}
		}
		if !changed {
			return prune(e.orderJoins(n)), nil
		}
	}
	panic("planner: the rules do not come to rest over\n" + logical.Format(n))
}
