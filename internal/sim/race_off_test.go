//go:build !race

package sim

// defaultSeeds is how many histories run when nobody says.
const defaultSeeds = 600
