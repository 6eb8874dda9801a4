package sim

import (
	"flag"
	"strings"
	"testing"
)

var (
	seeds = flag.Int("seeds", defaultSeeds, "how many histories to run")
	from  = flag.Uint64("from", 0, "the first seed")
	only  = flag.Int64("seed", -1, "run the history of this seed alone, and print what happened")
)

// mustHappen is what the histories are for: each in at least one of them.
var mustHappen = []string{
	"a split came into being",
	"a split was idle",
	"alignment held an input",
	"alignment waited beside an ended input",
	"commit repeated",
	"disk error",
	"late events",
	"newest checkpoint damaged",
	"power cut at commit",
	"power cut at disk",
	"power cut at log",
	"power cut at table",
	"power cut at topic",
	"read error",
	"restored at another parallelism",
	"restored with more than positions",
	"started when it had ended",
	"stepped back a checkpoint",
	"stopped and started again",
	"transaction aborted",
	"what was dropped is known",
}

func TestHistories(t *testing.T) {
	if *only >= 0 {
		res, err := Run(uint64(*only))
		t.Logf("what happened:\n%s", strings.Join(res.Trace, "\n"))
		if err != nil {
			t.Fatalf("seed %d: %v", *only, err)
		}
		return
	}
	happened := map[string]int{}
	starts := 0
	for seed := *from; seed < *from+uint64(*seeds); seed++ {
		res, err := Run(seed)
		if err != nil {
			t.Fatalf("seed %d: %v\nto replay it: go test ./internal/sim -run Histories -v -args -seed %d", seed, err, seed)
		}
		for what, n := range res.Marks {
			happened[what] += n
		}
		starts += res.Starts
	}
	t.Logf("%d histories, %d starts", *seeds, starts)
	for _, what := range mustHappen {
		if t.Logf("%8d %s", happened[what], what); happened[what] == 0 && *seeds >= 600 {
			t.Errorf("it never happened: %s", what)
		}
	}
}
