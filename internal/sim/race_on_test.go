//go:build race

package sim

// defaultSeeds is how many histories run when nobody says: they are about ten times as slow under the race detector.
const defaultSeeds = 100
