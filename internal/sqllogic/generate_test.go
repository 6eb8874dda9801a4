package sqllogic

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/sqlgen"
)

var (
	generate = flag.Int("generate", 0, "with -update: write this many generated queries a topic into generated_*.test")
	seed     = flag.Uint64("seed", 1, "what generated queries are drawn from")
	verbose  = flag.String("refused", "", "print the fresh queries that are refused with this in the message")
	queries  = flag.Int("queries", 300, "how many fresh queries TestFreshQueries runs")
)

// mostRows is how many rows a generated query may give, so that the files stay small.
const mostRows = 12

// generateFiles writes files of queries that PostgreSQL answers with rows. One that fails for a value of a row is left
// out: whether it does may depend on which of two conditions is looked at first.
func generateFiles(t *testing.T) {
	p, text := postgres(t), schema(t)
	fresh(t, p, text)
	for _, profile := range sqlgen.Profiles() {
		g, err := sqlgen.New(*seed, profile, text)
		if err != nil {
			t.Fatal(err)
		}
		f := &File{Path: filepath.Join(dir, "generated_"+profile.Name+".test"), Name: profile.Name}
		head := []string{fmt.Sprintf("# Written by go test ./internal/sqllogic -update -generate %d -seed %d.", *generate, *seed), ""}
		empty := 0
		for len(f.Records) < *generate {
			query, ordered := g.Query()
			r := &Record{Head: head, Kind: "query", Sort: "rowsort", SQL: query}
			if ordered {
				r.Sort = "nosort"
			}
			ask(t, p, r)
			if r.Error != "" || len(r.Rows) > mostRows || len(query) > 1200 {
				continue
			}
			if len(r.Rows) == 0 {
				if empty++; empty > *generate/8 {
					continue
				}
			}
			f.Records, head = append(f.Records, r), []string{""}
		}
		if err := os.WriteFile(f.Path, []byte(f.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runFresh runs queries that nobody has seen on PostgreSQL and on millrace, and compares.
func runFresh(t *testing.T, n int, seed uint64) {
	p, text := postgres(t), schema(t)
	fresh(t, p, text)
	m, err := OpenMillrace(t.Context(), t.TempDir(), text)
	if err != nil {
		t.Fatal(err)
	}
	var all []*sqlgen.Generator
	for _, profile := range sqlgen.Profiles() {
		g, err := sqlgen.New(seed, profile, text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	count := map[string]int{}
	why := map[string]int{}
	failed := 0
	for i := range n {
		query, ordered := all[i%len(all)].Query()
		r := &Record{Kind: "query", Sort: "rowsort", SQL: query}
		if ordered {
			r.Sort = "nosort"
		}
		ask(t, p, r)
		if r.Error != "" && !refusal(r.Error) { // a value, or a timeout: another order of evaluation may not come to it
			count["PostgreSQL fails"]++
			continue
		}
		got := m.Run(t.Context(), query)
		if r.Error == "" && (strings.HasPrefix(got.Code, "22") || got.Code == "21000") { // the other way round
			count["millrace fails"]++
			continue
		}
		if r.Error != "" && got.Code == "" { // see "Taken here, refused there" of the differences
			count["PostgreSQL refuses"]++
			continue
		}
		switch how, wrong := judge(r, got); how {
		case right:
			count["same"]++
		case refused:
			count["refused"]++
			if *verbose != "" && strings.Contains(got.Err, *verbose) {
				t.Logf("%s\n%s", got.Err, query)
			}
			why[got.Code+" "+got.Err]++
		default:
			count["different"]++
			if failed++; failed <= 10 {
				t.Errorf("%s\n%s", wrong, query)
			}
		}
	}
	t.Logf("seed %d, %d queries: %v", seed, n, count)
	for e, n := range why {
		if n > 1 || len(why) < 20 {
			t.Logf("refused %d times: %s", n, e)
		}
	}
	if count["millrace fails"] > n/50 {
		t.Errorf("millrace fails for values that PostgreSQL did not come to in %d of %d queries", count["millrace fails"], n)
	}
	if count["PostgreSQL refuses"] > n/50 {
		t.Errorf("millrace takes %d of %d queries that PostgreSQL refuses", count["PostgreSQL refuses"], n)
	}
	if count["same"] < n/20 {
		t.Errorf("only %d of %d queries were answered", count["same"], n)
	}
}

// TestTheGeneratorIsDrawnFromItsSeed keeps a failure of TestFreshQueries repeatable.
func TestTheGeneratorIsDrawnFromItsSeed(t *testing.T) {
	for _, profile := range sqlgen.Profiles() {
		var texts [2][]string
		for i := range texts {
			g, err := sqlgen.New(7, profile, schema(t))
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				q, _ := g.Query()
				texts[i] = append(texts[i], q)
			}
		}
		if strings.Join(texts[0], "\n") != strings.Join(texts[1], "\n") {
			t.Errorf("%s: two generators of one seed differ", profile.Name)
		}
	}
}
