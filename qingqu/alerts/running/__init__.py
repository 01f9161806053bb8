"""From records to warnings: on writing, in the batch, and computed anew."""
