variable "name" {
  description = "Name of the rule."
  type        = string
}

variable "role_name" {
  description = "Name of its role, 64 characters at most."
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
  description = "Whether it is started."
  type        = bool
}

variable "permissions_boundary_arn" {
  description = "What the role may do at most; empty for no boundary."
  type        = string
  default     = ""
}
