//go:build e2e

package store

const kills, damages = 50, 200
