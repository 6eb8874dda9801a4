package expr

import (
	"slices"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// AmbiguousFunction is the code of a call that fits several overloads alike.
const ambiguousFunction = "42725"

// candidate is an overload that the arguments can be cast to.
type candidate struct {
	overload  *Overload
	want      []types.Type // of each argument
	exact     int          // arguments that are of that type already
	preferred int          // arguments that would be cast to the preferred type of their category
	loose     int          // arguments that it takes whatever they are
}

// resolve picks the overload that PostgreSQL would, and gives the types that its arguments are cast to.
func resolve(fn *Function, args []Expr, pos sqlerr.Pos) (*Overload, []types.Type, error) {
	for _, extensions := range []bool{false, true} {
		var found []candidate
		for i := range fn.Overloads {
			if o := &fn.Overloads[i]; o.Extension == extensions {
				if c, ok := match(o, args); ok {
					found = append(found, c)
				}
			}
		}
		if c, ok := choosePostgres(found, args); ok {
			return c.overload, c.want, nil
		}
		if len(found) > 1 {
			return nil, nil, sqlerr.New(ambiguousFunction, pos, "%s is not unique", describeCall(fn.Name, args)).
				WithHint("Cast an argument, as in 'text'::%s.", found[0].want[0])
		}
	}
	return nil, nil, undefinedFunction(fn.Name, args, pos)
}

// match checks the arguments against an overload.
func match(o *Overload, args []Expr) (candidate, bool) {
	c := candidate{overload: o, want: make([]types.Type, len(args))}
	if len(args) < len(o.Args) || len(args) > len(o.Args) && !o.Variadic {
		return c, false
	}
	kindOf := func(i int) types.Kind { return o.Args[min(i, len(o.Args)-1)] }
	var alike []types.Type
	for i, a := range args {
		if k := kindOf(i); k == sameType || k == sameNumber {
			alike = append(alike, a.Type())
		}
	}
	common, ok := operandType(alike)
	if !ok {
		return c, false
	}
	if common.Kind == types.Decimal {
		for i, a := range args {
			if k := kindOf(i); (k == sameType || k == sameNumber) && a.Type().Kind == types.Unknown && !isNull(a) {
				common = widerDecimal(common, unknownDecimal(a))
			}
		}
	}
	elem, ok := elementType(args, kindOf)
	if !ok {
		return c, false
	}
	for i, a := range args {
		from, k := a.Type(), kindOf(i)
		switch k {
		case anyArray:
			c.loose++
			c.want[i] = types.ArrayOf(elem)
		case textArray:
			c.want[i] = types.ArrayOf(types.Of(types.Text))
		case oidArg:
			c.want[i] = types.SysOf(types.SysOID)
		case relationArg:
			c.want[i] = types.SysOf(types.SysRegClass)
		case nodeTree:
			c.want[i] = types.SysOf(types.SysNodeTree)
		case intArray:
			c.want[i] = types.ArrayOf(types.Of(types.Int32))
		case anyElement:
			c.loose++
			c.want[i] = elem
		case sameType, sameNumber:
			if k == sameNumber && !common.Numeric() {
				return c, false
			}
			c.want[i] = common
			if k == sameNumber && common.Kind == types.Decimal { // arithmetic sees to the scales itself
				c.want[i] = asDecimal(from)
				switch {
				case isNull(a):
					c.want[i] = common
				case from.Kind == types.Unknown:
					c.want[i] = unknownDecimal(a)
				}
			}
		case anyType, anyScalar:
			if k == anyScalar && from.Kind != types.Unknown && !scalar(from.Kind) {
				return c, false
			}
			c.loose++
			c.want[i] = from
			if from.Kind == types.Unknown {
				c.want[i] = types.Of(types.Text)
			}
		case types.Decimal:
			if from.Kind != types.Unknown && (!from.Numeric() || from.Kind == types.Float32 || from.Kind == types.Float64) {
				return c, false // no implicit cast
			}
			c.want[i] = asDecimal(from)
			if from.Kind == types.Unknown {
				c.want[i] = unknownDecimal(a) // of NULL too, whatever its digits
			}
		case types.Array, types.Map, types.Row:
			if from.Kind != k {
				return c, false
			}
			c.want[i] = from
		default:
			c.want[i] = types.Of(k)
		}
		if from.Kind != types.Unknown && levelOf(from, c.want[i]) < implicit {
			return c, false
		}
		if c.want[i].Kind == from.Kind {
			c.exact++
		} else if from.Kind != types.Unknown && preferredKind(c.want[i].Kind) {
			c.preferred++
		}
		if from.Kind == types.Unknown && !isNull(a) && !hasLiterals(c.want[i]) {
			return c, false
		}
	}
	return c, true
}

// elementType is the common type T of the arguments of the classes anyArray, which are ARRAY<T>, and anyElement. It is
// false where they have none, or where an array stands for an element or the other way round. Without such arguments it
// is of no meaning.
func elementType(args []Expr, classOf func(int) types.Kind) (types.Type, bool) {
	var ts []types.Type
	any, sized := false, false
	for i, a := range args {
		t, k := a.Type(), classOf(i)
		if k != anyArray && k != anyElement {
			continue
		}
		any = true
		if t.Kind == types.Unknown {
			continue
		}
		if k == anyArray {
			if t.Kind != types.Array {
				return types.Type{}, false
			}
			t, sized = *t.Elem, true
		}
		ts = append(ts, t)
	}
	if !any {
		return types.Type{}, true
	}
	if !sized && len(ts) == 0 {
		return types.Type{}, false
	}
	return CommonType(ts)
}

// unknownDecimal is the type of a string literal that is taken for a number with decimals: that of its digits.
func unknownDecimal(a Expr) types.Type {
	if l, ok := a.(*Literal); ok {
		if s, ok := l.Value.(string); ok {
			if _, t, err := types.ParseNumber(s); err == nil {
				return t
			}
		}
	}
	return types.DecimalOf(38, 10)
}

// category groups kinds as PostgreSQL's typcategory does.
func category(k types.Kind) byte {
	switch {
	case k == types.Bool:
		return 'B'
	case k >= types.Int16 && k <= types.Decimal:
		return 'N'
	case k == types.Text:
		return 'S'
	case k == types.Date || k == types.Time || k == types.Timestamp || k == types.TimestampTZ:
		return 'D'
	case k == types.Interval:
		return 'T'
	}
	return 'U'
}

// preferredKind reports whether k is the one that others of its category are rather cast to.
func preferredKind(k types.Kind) bool {
	return k == types.Float64 || k == types.Text || k == types.TimestampTZ || k == types.Interval || k == types.Bool
}

// choosePostgres follows the steps of "Function Type Resolution" in PostgreSQL's manual.
func choosePostgres(found []candidate, args []Expr) (candidate, bool) {
	var unknown []int
	for i, a := range args {
		if a.Type().Kind == types.Unknown {
			unknown = append(unknown, i)
		}
	}
	if len(args) == 2 && len(unknown) == 1 { // an operand of unknown type is first taken for one as the other
		other := args[1-unknown[0]].Type().Kind
		for _, c := range found {
			if c.want[0].Kind == other && c.want[1].Kind == other {
				return c, true
			}
		}
	}
	best := func(score func(candidate) int) {
		most := 0
		for _, c := range found {
			most = max(most, score(c))
		}
		found = slices.DeleteFunc(slices.Clone(found), func(c candidate) bool { return score(c) < most })
	}
	best(func(c candidate) int { return c.exact })
	if len(found) > 1 {
		best(func(c candidate) int { return c.preferred })
	}
	for _, i := range unknown {
		if len(found) < 2 {
			break
		}
		found = narrow(found, i)
	}
	if len(found) > 1 {
		best(func(c candidate) int { return len(args) - c.loose })
	}
	if len(found) > 1 && len(unknown) > 0 {
		found = likeTheKnown(found, args)
	}
	if len(found) == 1 {
		return found[0], true
	}
	return candidate{}, false
}

// likeTheKnown is the last resort: where all arguments of known type are of one, the others are taken for that.
func likeTheKnown(found []candidate, args []Expr) []candidate {
	kind := types.Unknown
	for _, a := range args {
		switch k := a.Type().Kind; {
		case k == types.Unknown || k == kind:
		case kind == types.Unknown:
			kind = k
		default:
			return found
		}
	}
	var out []candidate
	for _, c := range found {
		if !slices.ContainsFunc(c.want, func(t types.Type) bool { return t.Kind != kind }) {
			out = append(out, c)
		}
	}
	if len(out) != 1 {
		return found
	}
	return out
}

// narrow decides what category argument i, of unknown type, is of: text if one of the candidates takes that, else the
// one that they agree on.
func narrow(found []candidate, i int) []candidate {
	cat := category(found[0].want[i].Kind)
	for _, c := range found {
		switch k := category(c.want[i].Kind); {
		case k == 'S':
			cat = 'S'
		case cat != 'S' && k != cat:
			return found
		}
	}
	found = slices.DeleteFunc(slices.Clone(found), func(c candidate) bool { return category(c.want[i].Kind) != cat })
	if slices.ContainsFunc(found, func(c candidate) bool { return preferredKind(c.want[i].Kind) }) {
		found = slices.DeleteFunc(found, func(c candidate) bool { return !preferredKind(c.want[i].Kind) })
	}
	return found
}

// describeCall names a call by its arguments' types.
func describeCall(name string, args []Expr) string {
	ts := typeList(args)
	if isOperator(name) {
		return "operator " + operatorText(name, ts)
	}
	return "function " + name + "(" + strings.Join(ts, ", ") + ")"
}

func isOperator(name string) bool {
	return name == "" || !(name[0] >= 'a' && name[0] <= 'z' || name[0] == '_') || wordOperators[name] || strings.HasPrefix(name, "is ")
}

func operatorText(name string, ts []string) string {
	switch name = strings.ToUpper(name); {
	case len(ts) == 2 && name == "[]":
		return ts[0] + "[" + ts[1] + "]"
	case len(ts) == 1 && strings.HasPrefix(name, "IS "):
		return ts[0] + " " + name
	case len(ts) == 1:
		return name + " " + ts[0]
	}
	return strings.Join(ts, " "+name+" ")
}

// undefinedFunction is the error where no overload fits, or there is no such name.
func undefinedFunction(name string, args []Expr, pos sqlerr.Pos) *sqlerr.Error {
	err := sqlerr.New(sqlerr.UndefinedFunction, pos, "%s does not exist", describeCall(name, args))
	fn := index()[name]
	switch {
	case strings.HasPrefix(name, "pg_advisory_"), strings.HasPrefix(name, "pg_try_advisory_"): // to say that it is held would be wrong
		return sqlerr.Unsupported(pos, "an advisory lock", "Have the application see to it that one client at a time does this.")
	case fn == nil && !isOperator(name):
		if hint := sqlerr.Suggest(name, FunctionNames()); hint != "" {
			return err.WithHint("%s", hint)
		}
		return err.WithHint("SHOW FUNCTIONS lists those that there are.")
	case fn == nil:
		return err
	case isOperator(name) && len(args) == 2:
		return err.WithHint("%s", castHint(args))
	}
	var forms []string
	for _, o := range fn.Overloads {
		forms = append(forms, name+"("+o.Signature()+")")
	}
	if len(forms) == 1 {
		return err.WithHint("There is %s; cast the arguments to that.", forms[0])
	}
	return err.WithHint("There are %s; cast the arguments to one of them.", strings.Join(forms, ", "))
}

// castHint says which side to cast.
func castHint(args []Expr) string {
	for i, a := range args {
		other := args[1-i].Type()
		if a.Type().Kind == types.Text && other.Kind != types.Text && scalar(other.Kind) {
			return "Cast one side: " + operand(a.String()) + "::" + other.String() + "."
		}
	}
	return "Cast one side so that both are of one type, as in x::" + args[0].Type().String() + "."
}
