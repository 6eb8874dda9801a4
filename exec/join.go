package exec

// JoinKind says which rows a join gives.
type JoinKind uint8

const (
	InnerJoin     JoinKind = iota // each pair that matches
	LeftJoin                      // and each row of the left that has no match, with NULLs
	RightJoin                     // and each row of the right that has no match, with NULLs
	FullJoin                      // and both
	SemiJoin                      // each row of the left that has a match, once
	AntiJoin                      // each row of the left that has none
	RightSemiJoin                 // each row of the right that has a match, once
	RightAntiJoin                 // each row of the right that has none
	MarkJoin                      // each row of the left, and whether it has a match: true, false, or NULL where that is unknown
	SingleJoin                    // as LeftJoin, but a row of the left with two matches is an error: a scalar subquery
)

func (k JoinKind) String() string {
	return [...]string{"Inner", "Left", "Right", "Full", "Semi", "Anti", "RightSemi", "RightAnti", "Mark", "Single"}[k]
}
