package expr

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Call is a function or operator over arguments that have the types its kernel takes.
type Call struct {
	fn       *Function
	overload *Overload
	args     []Expr
	typ      types.Type
	pos      sqlerr.Pos
	kernel   Kernel
	built    bool // typ is final
	objects  Objects
}

// NewCall resolves a function or operator by name as PostgreSQL does: an exact match first, then by implicit casts
// and with string literals taken for what fits, and inserts the casts. It fails with 42883 where there is none for the
// arguments' types, with 42725 where there are several, and with the code of a literal that does not parse.
//
// Operators go by their symbols, "-" with one argument being the sign, and by "and", "or", "not", "is null", "is true",
// "is false", "is unknown", each "is not …" too, "is distinct from", "is not distinct from", "like", "ilike", "~",
// "~*", "!~", "!~*", "[]" and "->".
func NewCall(name string, args []Expr, pos sqlerr.Pos) (Expr, error) {
	return NewCallOn(nil, name, args, pos)
}

// NewCallOn is NewCall of a function that may ask the catalog.
func NewCallOn(objects Objects, name string, args []Expr, pos sqlerr.Pos) (Expr, error) {
	name = strings.ToLower(name)
	if to, ok := aliases[name]; ok {
		name = to
	}
	fn := index()[name]
	if fn == nil {
		return nil, undefinedFunction(name, args, pos)
	}
	if name == "and" || name == "or" || name == "not" {
		for _, a := range args {
			if k := a.Type().Kind; k != types.Bool && k != types.Unknown {
				return nil, sqlerr.New(sqlerr.DatatypeMismatch, a.Pos(), "argument of %s must be type BOOLEAN, not type %s", strings.ToUpper(name), a.Type()).
					WithHint("Write a comparison, as in x <> 0.")
			}
		}
	}
	overload, want, err := resolve(fn, args, pos)
	if err != nil {
		return nil, err
	}
	for i := range want {
		want[i] = want[i].Named(objects)
	}
	args = slices.Clone(args)
	for i := range args {
		if p, ok := untypedParam(args[i]); ok && overload.takesAny(i) {
			args[i] = p.shown(want[i])
			continue
		}
		if args[i], err = coerceTo(args[i], want[i]); err != nil {
			return nil, err
		}
	}
	switch name {
	case "and", "or":
		return newLogic(name, args, pos), nil
	case "coalesce":
		return newCoalesce(args, want[0], pos), nil
	}
	if overload.Prepare != nil { // which may look at constants
		for i, a := range args {
			if folded, err := foldConstant(a); err == nil {
				args[i] = folded
			}
		}
	}
	c := &Call{fn: fn, overload: overload, args: args, typ: resultType(overload, want).Named(objects), pos: pos, objects: objects}
	if err := c.prepare(); err != nil && !(sqlerr.Code(err) == sqlerr.FeatureNotSupported && slices.ContainsFunc(args, HasParam)) {
		return nil, err // but for a constant that it needs and that is a parameter yet
	}
	c.built = true
	return c, nil
}

// undefined is the error of a Prepare that has no kernel for the arguments' types.
func (c *Call) undefined(hint string) error {
	return sqlerr.New(sqlerr.UndefinedFunction, c.pos, "%s does not exist", describeCall(c.fn.Name, c.args)).WithHint("%s", hint)
}

// noOrder is undefined for a type whose values do not compare.
func (c *Call) noOrder(t types.Type) error {
	return c.undefined("Values of type " + t.String() + " have no order; compare a part, or cast to TEXT.")
}

// foldConstant is Fold of an argument that is a constant; others stay as they are.
func foldConstant(e Expr) (Expr, error) {
	if !foldable(e) {
		return e, nil
	}
	return Fold(e, &Ctx{Mem: goMemory})
}

// refine sets the type of the result where it depends on a constant: the decimals of round(x, 2). It is for Prepare,
// and does nothing once the call is made: what is above it counts on its type.
func (c *Call) refine(t types.Type) {
	if !c.built {
		c.typ = t
	}
}

func resultType(o *Overload, args []types.Type) types.Type {
	if o.Type != nil {
		return o.Type(args)
	}
	return types.Of(o.Result)
}

// prepare sets the kernel.
func (c *Call) prepare() error {
	c.kernel = c.overload.Kernel
	if c.overload.Strict && slices.ContainsFunc(c.args, isNull) {
		c.kernel = func(in *Input) (arrow.Array, error) { return nullArray(in.Mem, c.typ, in.N), nil }
		return nil
	}
	if c.overload.Prepare == nil {
		return nil
	}
	kernel, err := c.overload.Prepare(c)
	if err != nil {
		return at(err, c.pos)
	}
	c.kernel = kernel
	return nil
}

// Name is the function's or operator's name.
func (c *Call) Name() string     { return c.fn.Name }
func (c *Call) Type() types.Type { return c.typ }
func (c *Call) Pos() sqlerr.Pos  { return c.pos }
func (c *Call) Inputs() []Expr   { return c.args }

// WithInputs resolves nothing anew. Where an argument became a constant that the kernel cannot take (a pattern that
// is none), the error comes when the call is evaluated.
func (c *Call) WithInputs(args []Expr) Expr {
	out := *c
	out.args = args
	if err := out.prepare(); err != nil {
		out.kernel = func(*Input) (arrow.Array, error) { return nil, err }
	}
	return &out
}

// constant is the value of argument i at plan time; false where it is none, or NULL.
func (c *Call) constant(i int) (*Literal, bool) {
	if i >= len(c.args) {
		return nil, false
	}
	l, ok := c.args[i].(*Literal)
	return l, ok && l.Value != nil
}

// Eval evaluates the arguments and runs the kernel.
func (c *Call) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	n := int(rec.NumRows())
	in := &Input{ctx: ctx.Context, Mem: ctx.Mem, Now: ctx.Now, N: n, call: c}
	in.args = in.store[:0]
	defer func() {
		for i, a := range in.args {
			if _, constant := c.args[i].(*Literal); !constant {
				a.Release()
			}
		}
	}()
	varies := false
	for _, e := range c.args {
		if l, ok := e.(*Literal); ok {
			in.args = append(in.args, l.one)
			continue
		}
		a, err := e.Eval(ctx, rec)
		if err != nil {
			return nil, err
		}
		in.args = append(in.args, a)
		varies = true
	}
	if varies || c.overload.Volatility == Each || len(c.args) == 0 {
		return c.kernel(in)
	}
	// All arguments are constants: one row will do.
	if n == 0 {
		return nullArray(ctx.Mem, c.typ, 0), nil
	}
	in.N = 1
	one, err := c.kernel(in)
	if err != nil || n == 1 {
		return one, err
	}
	defer one.Release()
	return repeat(ctx.Mem, one, n), nil
}

func (c *Call) String() string {
	parts := make([]string, len(c.args))
	for i, a := range c.args {
		parts[i] = a.String()
		if k := c.overload.Args[min(i, len(c.overload.Args)-1)]; k == anyArray || k == anyElement {
			parts[i] = withType(a)
		}
	}
	return printCall(c.fn.Name, parts)
}

// withType prints an argument whose type decides what a call means: a literal that would be taken for one of any type gets
// its own.
func withType(e Expr) string {
	switch l, ok := e.(*Literal); {
	case ok && l.Value == nil && l.typ.Kind != types.Unknown:
		return "CAST(NULL AS " + l.typ.String() + ")"
	case ok && l.typ.Kind == types.Text:
		return l.String() + "::TEXT"
	}
	return e.String()
}

// isNull reports whether e is the constant NULL.
func isNull(e Expr) bool {
	l, ok := e.(*Literal)
	return ok && l.Value == nil
}

// at gives an error a place where it has none.
func at(err error, pos sqlerr.Pos) error {
	if e, ok := err.(*sqlerr.Error); ok && e.Pos == 0 {
		c := *e
		c.Pos = pos
		return &c
	}
	return err
}
