package formats

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/sqlerr"
	"millrace/types"
)

// Positional is a format whose records have no names in them: fields go by their position.
type Positional interface {
	Format
	// NewFieldDecoder is NewDecoder for records of so many fields, of which want[i] is field at[i].
	NewFieldDecoder(want types.Schema, at []int, fields int, opts map[string]string, mem memory.Allocator) (Decoder, error)
	// Lines tells how the records stand in a file. Those of other formats are one line each.
	Lines(opts map[string]string) (Lines, error)
}

// Lines is how the records of a format stand in a file.
type Lines interface {
	// End is the length of the first record of b with its line end; 0 where b does not hold all of it.
	End(b []byte) int
	// Names reads a record as a header: the names of the fields.
	Names(record []byte) ([]string, error)
	// AppendHeader is the inverse of Names, without a line end.
	AppendHeader(buf []byte, names []string) []byte
}

// Find picks a format by its name; option is the table's option that asks for it.
func Find(fmts []Format, name string, option sqlerr.Pos) (Format, error) {
	names := make([]string, len(fmts))
	for i, f := range fmts {
		if f.Name() == name {
			return f, nil
		}
		names[i] = f.Name()
	}
	err := sqlerr.New(sqlerr.InvalidParameterValue, option, "there is no format %q", name)
	err.Hint = sqlerr.Suggest(name, names)
	return nil, err
}

// Of is the format that a table's option 'format' names, and the table's options for it. A table without the option
// is an error.
func Of(t *catalog.Table, fmts []Format) (Format, map[string]string, error) {
	o, ok := t.Options["format"]
	if !ok {
		return nil, nil, sqlerr.New(sqlerr.InvalidParameterValue, t.Options["connector"].Pos,
			"connector %q needs the option %q", t.Connector(), "format").WithHint("Add format = 'json' to WITH ( … ).")
	}
	f, err := Find(fmts, o.Value, o.Pos)
	if err != nil {
		return nil, nil, err
	}
	return f, OptionsFor(t, f), nil
}

// OptionsFor is the options of a table that begin with the format's name and a dot, without it.
func OptionsFor(t *catalog.Table, f interface{ Name() string }) map[string]string {
	opts := map[string]string{}
	for name, o := range t.Options {
		if short, ok := strings.CutPrefix(name, f.Name()+"."); ok {
			opts[short] = o.Value
		}
	}
	return opts
}

// Specs lists the options of all formats as a connector that takes them lists its own.
func Specs(fmts []Format) []catalog.OptionSpec {
	var specs []catalog.OptionSpec
	for _, f := range fmts {
		for _, o := range f.Options() {
			specs = append(specs, catalog.OptionSpec{Name: f.Name() + "." + o.Name, Default: o.Default, Doc: o.Doc})
		}
	}
	return specs
}

// ColumnarOf is the columnar format that a table's option 'format' names; nil where it names another.
func ColumnarOf(t *catalog.Table, fmts []Columnar) Columnar {
	for _, f := range fmts {
		if f.Name() == t.Option("format", "") {
			return f
		}
	}
	return nil
}

// ColumnarSpecs is Specs for columnar formats.
func ColumnarSpecs(fmts []Columnar) []catalog.OptionSpec {
	var specs []catalog.OptionSpec
	for _, f := range fmts {
		for _, o := range f.Options() {
			specs = append(specs, catalog.OptionSpec{Name: f.Name() + "." + o.Name, Default: o.Default, Doc: o.Doc})
		}
	}
	return specs
}
