package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Objects is what functions ask of the catalog that a statement is planned with: a snapshot, which does not change while
// the statement runs.
type Objects interface {
	types.Resolver
	// Visible reports whether an object is found by its name without its schema; exists is false where there is none of
	// that OID.
	Visible(of types.Sys, oid uint32) (visible, exists bool)
	// Definition is a text of an object as SQL; false: there is no such object, or it has no such text.
	Definition(of Definition, oid uint32, part int) (string, bool)
	// Description is what is said about an object of a relation of pg_catalog ("pg_class"), or about its column number
	// part where that is not 0; false: nothing.
	Description(relation string, oid uint32, part int) (string, bool)
	// Size is the bytes that a relation takes on disk, of all of them where oid is 0; false: there is no such relation.
	Size(oid uint32) (int64, bool)
	// Signal cancels the statement of the session with a number, or ends that session; false: there is no such session.
	// It fails for the session of another user.
	Signal(pid int64, end bool) (bool, error)
	// Started is when the server began, in microseconds since the epoch.
	Started() int64
}

// Definition says which text of an object is asked for.
type Definition uint8

const (
	ViewDef           Definition = iota // of a relation: the query of a view
	IndexDef                            // of an index: CREATE INDEX, or the name of its column number part
	ConstraintDef                       // of a constraint: PRIMARY KEY (id)
	FunctionDef                         // of a function: CREATE FUNCTION
	FunctionArguments                   // of a function: the list of its arguments
	FunctionResult                      // of a function: what it returns
)

// objects are those of the statement.
func (in *Input) objects() (Objects, error) {
	if in.call.objects == nil {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, in.call.pos, "%s needs a catalog, and there is none here", in.call.fn.Name)
	}
	return in.call.objects, nil
}

// ofObject makes a function of an object's OID, which is its first argument; value is asked for it. Further arguments that
// only say how a text is laid out do not matter.
func ofObject(args []types.Kind, typ types.Type, value func(o Objects, oid uint32) (string, bool)) Overload {
	return Overload{Args: args, Result: typ.Kind, Type: fixedType(typ), Volatility: Stable, Kernel: textsOf(func(in *Input, o Objects) func(i int) (string, bool, error) {
		oid := col[int64](in, 0)
		return func(i int) (string, bool, error) {
			s, ok := value(o, uint32(oid.at(i)))
			return s, ok, nil
		}
	})}
}

// fixedType is Overload.Type of a type that does not depend on the arguments.
func fixedType(t types.Type) func([]types.Type) types.Type {
	return func([]types.Type) types.Type { return t }
}

// textsOf makes a kernel of a text, or none, a row; none where an argument is NULL.
func textsOf(values func(in *Input, o Objects) func(i int) (string, bool, error)) Kernel {
	return func(in *Input) (arrow.Array, error) {
		o, err := in.objects()
		if err != nil {
			return nil, err
		}
		value := values(in, o)
		has := in.allPresent()
		return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
			if !has(i) {
				return dst, false, nil
			}
			s, ok, err := value(i)
			return append(dst, s...), ok, at(err, in.call.pos)
		})
	}
}

// numbersOf makes a kernel of a number, or none, a row; none where an argument is NULL.
func numbersOf(values func(in *Input, o Objects) func(i int) (int64, bool, error)) Kernel {
	return func(in *Input) (arrow.Array, error) {
		o, err := in.objects()
		if err != nil {
			return nil, err
		}
		value := values(in, o)
		has := in.allPresent()
		return nullableFixed(in, 8, func(i int) (int64, bool, error) {
			if !has(i) {
				return 0, false, nil
			}
			v, ok, err := value(i)
			return v, ok, at(err, in.call.pos)
		})
	}
}

// flagsOf makes a kernel of true, false, or nothing, a row; nothing where an argument is NULL.
func flagsOf(values func(in *Input, o Objects) func(i int) (v, ok bool, err error)) Kernel {
	return func(in *Input) (arrow.Array, error) {
		o, err := in.objects()
		if err != nil {
			return nil, err
		}
		value := values(in, o)
		has := in.allPresent()
		return in.nullableBools(func(i int) (bool, bool, error) {
			if !has(i) {
				return false, false, nil
			}
			v, ok, err := value(i)
			return v, ok, at(err, in.call.pos)
		})
	}
}
