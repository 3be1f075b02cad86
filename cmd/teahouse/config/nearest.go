package config

// nearest returns the name with the smallest edit distance from key, or "" if more than
// about a third of its letters differ.
func nearest(key string, names []string) string {
	best, fewest := "", 1+max(1, (len(key)+1)/3)
	for _, n := range names {
		if d := slips(key, n); d < fewest {
			best, fewest = n, d
		}
	}
	return best
}

// slips is the edit distance (Levenshtein) between a and b, computed by rows.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, above, row[j])
			}
			row[j+1], corner = cost, above
		}
	}
	return row[len(b)]
}
