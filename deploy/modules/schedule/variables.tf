variable "name" {
  description = "Name of the rule."
  type        = string
}

variable "role_name" {
  description = "Name of its role, at most 64 characters."
  type        = string
}

variable "pipeline" {
  description = "Name of the pipeline."
  type        = string
}

variable "pipeline_arn" {
  description = "Its ARN."
  type        = string
}

variable "parameters" {
  description = "Its parameters; empty ones are left out."
  type        = map(string)
}

variable "expression" {
  description = "When it is started: rate(...) or cron(...), in UTC."
  type        = string
}

variable "is_enabled" {
  description = "Whether the rule is enabled."
  type        = bool
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; empty for none."
  type        = string
  default     = ""
}
