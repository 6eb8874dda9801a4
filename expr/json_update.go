package expr

import (
	"slices"
	"strconv"

	"millrace/sqlerr"
)

// jsonEdit is what happens at the end of a path.
type jsonEdit uint8

const (
	jsonReplace jsonEdit = iota // only what is there
	jsonCreate                  // replace, or add
	jsonDelete
	jsonBefore // insert in front of an element
	jsonAfter
)

// edit is t with what is at the end of the path changed; value is the new value where there is one. What is not changed is
// shared with t. It fails with 22023 for a scalar, and with 22P02 where a path goes into an array by a name.
func (t *jsonTree) edit(path []string, value *jsonTree, how jsonEdit) (*jsonTree, error) {
	if t.isScalar() {
		word := "set"
		if how == jsonDelete {
			word = "delete"
		}
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot %s path in scalar", word)
	}
	if len(path) == 0 || len(t.parts) == 0 && (how == jsonReplace || how == jsonDelete) {
		return t, nil
	}
	return t.editAt(path, 0, value, how)
}

func (t *jsonTree) editAt(path []string, level int, value *jsonTree, how jsonEdit) (*jsonTree, error) {
	switch t.kind {
	case '{':
		return t.editMember(path, level, value, how)
	case '[':
		return t.editElement(path, level, value, how)
	}
	return t, nil
}

func (t *jsonTree) editMember(path []string, level int, value *jsonTree, how jsonEdit) (*jsonTree, error) {
	at, found := t.member(path[level])
	last := level == len(path)-1
	out := &jsonTree{kind: '{', names: t.names, parts: t.parts}
	switch {
	case !found && last && how != jsonReplace && how != jsonDelete:
		out.names, out.parts = slices.Insert(slices.Clone(t.names), at, path[level]), slices.Insert(slices.Clone(t.parts), at, value)
	case !found:
		return t, nil
	case last && how == jsonDelete:
		out.names, out.parts = slices.Delete(slices.Clone(t.names), at, at+1), slices.Delete(slices.Clone(t.parts), at, at+1)
	case last && (how == jsonBefore || how == jsonAfter):
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case last:
		out.parts = slices.Clone(t.parts)
		out.parts[at] = value
	default:
		inner, err := t.parts[at].editAt(path, level+1, value, how)
		if err != nil {
			return nil, err
		}
		out.parts = slices.Clone(t.parts)
		out.parts[at] = inner
	}
	return out, nil
}

// editElement counts from the end where the path's number is negative. A new element whose number is too large goes to the
// end, one whose number is too small to the beginning.
func (t *jsonTree) editElement(path []string, level int, value *jsonTree, how jsonEdit) (*jsonTree, error) {
	n, last := len(t.parts), level == len(path)-1
	adds := how == jsonCreate || how == jsonBefore || how == jsonAfter
	at64, err := strconv.ParseInt(path[level], 10, 32)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidText, 0, "path element at position %d is not an integer: %q", level+1, path[level])
	}
	at := int(at64)
	before := false
	if at < 0 {
		at += n
		before = at < 0
	}
	out := &jsonTree{kind: '[', parts: slices.Clone(t.parts)}
	switch {
	case before || n == 0:
		if last && adds {
			out.parts = slices.Insert(out.parts, 0, value)
		}
	case at >= n:
		if last && adds {
			out.parts = append(out.parts, value)
		}
	case !last:
		if out.parts[at], err = t.parts[at].editAt(path, level+1, value, how); err != nil {
			return nil, err
		}
	case how == jsonDelete:
		out.parts = slices.Delete(out.parts, at, at+1)
	case how == jsonBefore:
		out.parts = slices.Insert(out.parts, at, value)
	case how == jsonAfter:
		out.parts = slices.Insert(out.parts, at+1, value)
	default:
		out.parts[at] = value
	}
	return out, nil
}

// without drops the members of these names, or the strings that are elements.
func (t *jsonTree) without(names ...string) (*jsonTree, error) {
	if t.isScalar() {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot delete from scalar")
	}
	out := &jsonTree{kind: t.kind}
	for i, p := range t.parts {
		if t.kind == '{' {
			if slices.Contains(names, t.names[i]) {
				continue
			}
			out.names = append(out.names, t.names[i])
		} else if p.kind == '"' && slices.Contains(names, p.text) {
			continue
		}
		out.parts = append(out.parts, p)
	}
	return out, nil
}

// withoutAt drops an element of an array.
func (t *jsonTree) withoutAt(at int) (*jsonTree, error) {
	switch {
	case t.isScalar():
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot delete from scalar")
	case t.kind == '{':
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot delete from object using integer index")
	}
	if at < 0 {
		at += len(t.parts)
	}
	if at < 0 || at >= len(t.parts) {
		return t, nil
	}
	return &jsonTree{kind: '[', parts: slices.Delete(slices.Clone(t.parts), at, at+1)}, nil
}
