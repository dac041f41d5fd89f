package main

import "github.com/spf13/cobra"

func newDemo(_ *logFlags) *cobra.Command { return &cobra.Command{Use: "demo", Hidden: true} }
