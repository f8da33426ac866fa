package main

import (
	"encoding/json"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
)

// The fields are named as in the files of github.com/transparency-dev/merkle/testdata, so that one test reads both.

type inclusionCase struct {
	LeafIdx  uint64   `json:"leafIdx"`
	TreeSize uint64   `json:"treeSize"`
	Root     []byte   `json:"root"`
	LeafHash []byte   `json:"leafHash"`
	Proof    [][]byte `json:"proof"`
	Desc     string   `json:"desc"`
	WantErr  bool     `json:"wantErr"`
}

type consistencyCase struct {
	Size1   uint64   `json:"size1"`
	Size2   uint64   `json:"size2"`
	Root1   []byte   `json:"root1"`
	Root2   []byte   `json:"root2"`
	Proof   [][]byte `json:"proof"`
	Desc    string   `json:"desc"`
	WantErr bool     `json:"wantErr"`
}

// treeOf is the tree that the tests make too: leaf i is the two bytes of i.
func treeOf(size uint64) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	for i := uint64(0); i < size; i++ {
		tree.AppendData([]byte{byte(i >> 8), byte(i)})
	}
	return tree
}

// inclusionCases makes every inclusion proof up to a size and damages it in many ways; the verdict is that of merkle.
func inclusionCases(question json.RawMessage) (any, error) {
	var sizesMax uint64
	if err := json.Unmarshal(question, &sizesMax); err != nil {
		return nil, err
	}
	var cases []inclusionCase
	tree := treeOf(sizesMax)
	for size := uint64(1); size <= sizesMax; size++ {
		for index := uint64(0); index < size; index++ {
			path, err := tree.InclusionProof(index, size)
			if err != nil {
				return nil, err
			}
			good := inclusionCase{LeafIdx: index, TreeSize: size, Root: tree.HashAt(size), LeafHash: tree.LeafHash(index), Proof: path}
			cases = append(cases, damageInclusion(good)...)
		}
	}
	for i, c := range cases {
		err := proof.VerifyInclusion(rfc6962.DefaultHasher, c.LeafIdx, c.TreeSize, c.LeafHash, c.Proof, c.Root)
		cases[i].WantErr = err != nil
	}
	return cases, nil
}

func consistencyCases(question json.RawMessage) (any, error) {
	var sizesMax uint64
	if err := json.Unmarshal(question, &sizesMax); err != nil {
		return nil, err
	}
	var cases []consistencyCase
	tree := treeOf(sizesMax)
	for size2 := uint64(1); size2 <= sizesMax; size2++ {
		for size1 := uint64(1); size1 <= size2; size1++ {
			path, err := tree.ConsistencyProof(size1, size2)
			if err != nil {
				return nil, err
			}
			good := consistencyCase{Size1: size1, Size2: size2, Root1: tree.HashAt(size1), Root2: tree.HashAt(size2), Proof: path}
			cases = append(cases, damageConsistency(good)...)
		}
	}
	for i, c := range cases {
		err := proof.VerifyConsistency(rfc6962.DefaultHasher, c.Size1, c.Size2, c.Proof, c.Root1, c.Root2)
		cases[i].WantErr = err != nil
	}
	return cases, nil
}

func damageInclusion(good inclusionCase) []inclusionCase {
	cases := []inclusionCase{good}
	add := func(desc string, change func(c *inclusionCase)) {
		c := good
		c.Desc = desc
		change(&c)
		cases = append(cases, c)
	}
	add("index + 1", func(c *inclusionCase) { c.LeafIdx++ })
	add("index ^ 2", func(c *inclusionCase) { c.LeafIdx ^= 2 })
	add("size * 2", func(c *inclusionCase) { c.TreeSize *= 2 })
	add("size / 2", func(c *inclusionCase) { c.TreeSize /= 2 })
	add("size + 1", func(c *inclusionCase) { c.TreeSize++ })
	add("wrong leaf", func(c *inclusionCase) { c.LeafHash = []byte("WrongLeaf") })
	add("root as leaf", func(c *inclusionCase) { c.LeafHash = c.Root })
	add("leaf as root", func(c *inclusionCase) { c.Root = c.LeafHash })
	add("short root", func(c *inclusionCase) { c.Root = c.Root[:31] })
	for desc, path := range damagePath(good.Proof, good.Root) {
		add(desc, func(c *inclusionCase) { c.Proof = path })
	}
	return cases
}

func damageConsistency(good consistencyCase) []consistencyCase {
	cases := []consistencyCase{good}
	add := func(desc string, change func(c *consistencyCase)) {
		c := good
		c.Desc = desc
		change(&c)
		cases = append(cases, c)
	}
	add("size1 + 1", func(c *consistencyCase) { c.Size1++ })
	add("size1 ^ 2", func(c *consistencyCase) { c.Size1 ^= 2 })
	add("size2 * 2", func(c *consistencyCase) { c.Size2 *= 2 })
	add("size2 / 2", func(c *consistencyCase) { c.Size2 /= 2 })
	add("size2 + 1", func(c *consistencyCase) { c.Size2++ })
	add("wrong root1", func(c *consistencyCase) { c.Root1 = []byte("WrongRoot") })
	add("wrong root2", func(c *consistencyCase) { c.Root2 = []byte("WrongRoot") })
	add("swapped roots", func(c *consistencyCase) { c.Root1, c.Root2 = c.Root2, c.Root1 })
	add("no proof", func(c *consistencyCase) { c.Proof = nil })
	for desc, path := range damagePath(good.Proof, good.Root2) {
		add(desc, func(c *consistencyCase) { c.Proof = path })
	}
	return cases
}

func damagePath(path [][]byte, extra []byte) map[string][][]byte {
	damaged := map[string][][]byte{
		"trailing hash":     append(append([][]byte{}, path...), extra),
		"trailing garbage":  append(append([][]byte{}, path...), []byte{}),
		"preceding hash":    append([][]byte{extra}, path...),
		"preceding garbage": append([][]byte{{}}, path...),
	}
	for i := range path {
		flipped := append([][]byte{}, path...)
		flipped[i] = append([]byte{}, path[i]...)
		flipped[i][0] ^= 8
		damaged[fmt.Sprintf("bit of hash %d", i)] = flipped
		damaged[fmt.Sprintf("without hash %d", i)] = append(append([][]byte{}, path[:i]...), path[i+1:]...)
	}
	return damaged
}
