package formats_test

import (
	"testing"

	"millrace/catalog"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/json"
)

func TestTheFormatOfATable(t *testing.T) {
	fmts := []formats.Format{json.New(), csv.New()}
	tab := &catalog.Table{Options: map[string]catalog.Option{
		"connector": {Value: "file"}, "format": {Value: "csv"}, "csv.delimiter": {Value: ";"}, "json.nulls": {Value: "omit"},
	}}
	f, opts, err := formats.Of(tab, fmts)
	if err != nil || f.Name() != "csv" || len(opts) != 1 || opts["delimiter"] != ";" {
		t.Errorf("%v, %v, %v", f, opts, err)
	}
	tab.Options["format"] = catalog.Option{Value: "jsno", Pos: 7}
	_, _, err = formats.Of(tab, fmts)
	if want := `there is no format "jsno"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	delete(tab.Options, "format")
	_, _, err = formats.Of(tab, fmts)
	if want := `connector "file" needs the option "format"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, s := range formats.Specs(fmts) {
		if s.Doc == "" || s.Name == "" {
			t.Errorf("option %q has no text for the manual", s.Name)
		}
	}
}
