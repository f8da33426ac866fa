package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type openQuestion struct {
	Note  string   `json:"note"`
	Vkeys []string `json:"vkeys"`
}

type openAnswer struct {
	Error string   `json:"error"`
	Text  string   `json:"text"`
	Names []string `json:"names"`
	Times []int64  `json:"times"`
}

// openNote opens a note with sumdb/note; keys of type 4 are those of torchwood.
func openNote(question json.RawMessage) (any, error) {
	var q openQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	var verifiers []note.Verifier
	for _, vkey := range q.Vkeys {
		var verifier note.Verifier
		var err error
		if isCosigner(vkey) {
			verifier, err = torchwood.NewCosignatureVerifier(vkey)
		} else {
			verifier, err = note.NewVerifier(vkey)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vkey, err)
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open([]byte(q.Note), note.VerifierList(verifiers...))
	if err != nil {
		return openAnswer{Error: err.Error()}, nil
	}
	answer := openAnswer{Text: opened.Text}
	for _, signature := range opened.Sigs {
		answer.Names = append(answer.Names, signature.Name)
		time, err := torchwood.CosignatureTimestamp(signature)
		if err != nil {
			time = 0
		}
		answer.Times = append(answer.Times, time)
	}
	return answer, nil
}

func isCosigner(vkey string) bool {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	return err == nil && len(key) > 0 && key[0] == 4
}

type signQuestion struct {
	Name string `json:"name"`
	Seed []byte `json:"seed"`
	Text string `json:"text"`
}

type signAnswer struct {
	Note string `json:"note"`
	Vkey string `json:"vkey"`
}

// signNote signs a text with sumdb/note.
func signNote(question json.RawMessage) (any, error) {
	var q signQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	public := ed25519.NewKeyFromSeed(q.Seed).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(q.Name, public)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(append([]byte(q.Name+"\n\x01"), public...))
	secret := base64.StdEncoding.EncodeToString(append([]byte{1}, q.Seed...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", q.Name, binary.BigEndian.Uint32(id[:]), secret))
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: q.Text}, signer)
	return signAnswer{Note: string(signed), Vkey: vkey}, err
}

// cosign signs a checkpoint with torchwood, at the present time.
func cosign(question json.RawMessage) (any, error) {
	var q signQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	signer, err := torchwood.NewCosignatureSigner(q.Name, ed25519.NewKeyFromSeed(q.Seed))
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: q.Text}, signer)
	return signAnswer{Note: string(signed), Vkey: signer.Verifier().String()}, err
}

type policyQuestion struct {
	Policy   string `json:"policy"`
	Note     string `json:"note"`
	Proof    string `json:"proof"`
	LeafHash []byte `json:"leafHash"`
}

// openCheckpoint judges a checkpoint by a policy text with torchwood.
func openCheckpoint(question json.RawMessage) (any, error) {
	var q policyQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	policy, err := torchwood.ParsePolicy([]byte(q.Policy))
	if err != nil {
		return nil, err
	}
	_, _, err = torchwood.VerifyCheckpoint([]byte(q.Note), policy)
	return verdictOf(err), nil
}

// verifyProof verifies a tlog-proof with torchwood.
func verifyProof(question json.RawMessage) (any, error) {
	var q policyQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	policy, err := torchwood.ParsePolicy([]byte(q.Policy))
	if err != nil {
		return nil, err
	}
	return verdictOf(torchwood.VerifyProof(policy, tlog.Hash(q.LeafHash), []byte(q.Proof))), nil
}

type makeProofQuestion struct {
	Index int64    `json:"index"`
	Path  [][]byte `json:"path"`
	Extra []byte   `json:"extra"`
	Note  string   `json:"note"`
}

// makeProof writes a tlog-proof with torchwood.
func makeProof(question json.RawMessage) (any, error) {
	var q makeProofQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	var path tlog.RecordProof
	for _, hash := range q.Path {
		path = append(path, tlog.Hash(hash))
	}
	return string(torchwood.FormatProofWithExtraData(q.Index, q.Extra, path, []byte(q.Note))), nil
}

type growth struct {
	OldSize int64 `json:"oldSize"`
	NewSize int64 `json:"newSize"`
}

// tiles lists the paths of the tiles that are new when a tree grows, with sumdb/tlog and torchwood.
func tiles(question json.RawMessage) (any, error) {
	var growths []growth
	if err := json.Unmarshal(question, &growths); err != nil {
		return nil, err
	}
	answer := [][]string{}
	for _, g := range growths {
		paths := []string{}
		for _, tile := range tlog.NewTiles(torchwood.TileHeight, g.OldSize, g.NewSize) {
			paths = append(paths, torchwood.TilePath(tile))
		}
		answer = append(answer, paths)
	}
	return answer, nil
}
