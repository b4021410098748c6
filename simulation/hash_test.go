package simulation

import (
	"fmt"
	"hash/fnv"
)

// chance is a number that depends on its arguments alone. What the world does by
// chance must not depend on which of two goroutines comes first.
func chance(of ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, of...)
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// odds reports whether something of these arguments happens, in n of 8 cases.
func odds(n uint64, of ...any) bool { return chance(of...)%8 < n }
