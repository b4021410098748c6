//go:build !e2e

package store

// How often what is left to chance is tried; more often with the tag e2e.
const kills, damages = 5, 25
